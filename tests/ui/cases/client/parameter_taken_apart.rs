use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, (symbol, currency): (&str, &str)) -> f64;
}

fn main() {}

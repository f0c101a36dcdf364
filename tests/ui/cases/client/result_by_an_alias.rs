use mcp_runtime::client;

type Priced = Result<f64, client::Error>;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> Priced;
}

fn main() {}

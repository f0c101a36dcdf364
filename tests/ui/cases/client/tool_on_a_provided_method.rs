use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;

    #[tool]
    async fn price_of_acme(&self) -> Result<f64, client::Error> {
        self.price("ACME").await
    }
}

fn main() {}

//! The mistake is the only error: what the attribute would have made is there all the same.

use mcp_runtime::client::{Client, Error};
use mcp_runtime::client;

#[client]
trait Stocks {
    #[tool(nam = "get_price")]
    async fn price(&self, symbol: &str) -> f64;

    async fn buy(&mut self, symbol: &str) -> Result<u32, Error>;
}

async fn use_it(client: Client) -> Result<u32, Error> {
    let mut stocks = StocksClient::new(client);
    stocks.check().await?;
    drop(stocks.client().clone());
    let _: f64 = stocks.price("ACME").await?;
    stocks.buy("ACME").await
}

fn main() {
    drop(use_it);
}

use mcp_runtime::client;

#[client(name = "stocks")]
unsafe trait Stocks<T> {
    type Price;

    fn price(&mut self, _: &str) -> impl Into<f64>;

    #[tool(title = "Buy")]
    async fn buy(symbol: &str, #[arg(min = 1)] count: u32);

    #[prompt]
    async fn check(&self, symbol: &str, #[arg(rename = "symbol")] other: &str) -> &str;
}

fn main() {}

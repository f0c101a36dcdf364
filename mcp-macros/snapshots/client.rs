/// Share prices.
#[client]
pub trait Stocks: Send {
    /// The price of a share.
    async fn get_stock_price(&self, symbol: String, currency: Option<&str>) -> f64;

    /// Buys shares.
    #[cfg(feature = "orders")]
    #[tool(name = "place-order")]
    async fn buy(&self, /** How many */ #[arg(rename = "n")] count: u32) -> Result<Order, OrderError>;

    async fn reset<'a>(&'a self);

    fn currency(&self) -> &'static str {
        "EUR"
    }
}

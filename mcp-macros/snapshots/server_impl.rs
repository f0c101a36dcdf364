#[server(name = "stock", instructions = "Be kind.")]
impl<T: Send + Sync + 'static> Inventory<T> {
    /// Reserve stock for an order.
    #[tool]
    async fn reserve(
        &self,
        cx: &Context,
        sku: Sku,
        #[arg(default = 1, min = 1, max = Self::MOST)] count: u32,
    ) -> Result<Reservation, StockError> {
        self.take(sku, count).await
    }

    /// The version of the stock.
    #[cfg(feature = "version")]
    #[tool]
    fn version() -> &'static str {
        "1"
    }

    /// What is in stock.
    #[resource("stock://{sku}", list = Self::skus)]
    async fn item(&self, sku: Sku) -> Option<Item> {
        self.find(sku).await
    }

    /// Ask for an order.
    #[prompt]
    fn order(&self, #[arg(complete = Self::skus)] sku: Sku) -> String {
        format!("Order {sku}")
    }

    fn helper(&mut self) {}
}

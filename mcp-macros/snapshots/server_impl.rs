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

    fn helper(&mut self) {}
}

//! The server of every MCP tutorial: `cargo run -p mcp-examples --example stock_prices -- --http 127.0.0.1:8000`.
use mcp_runtime::prelude::*;

const PRICES: [(&str, f64); 3] = [("AAPL", 198.50), ("GOOGL", 178.25), ("MSFT", 425.00)];

/// The last price of a stock, in US dollars.
#[tool(read_only)]
async fn get_stock_price(
    /// Ticker symbol, such as AAPL
    symbol: &str,
) -> Result<String, String> {
    let known = PRICES.map(|(name, _)| name).join(", ");
    let found = PRICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(symbol));
    let (name, price) = found.ok_or(format!("unknown symbol `{symbol}`; known: {known}"))?;
    Ok(format!("{name}: ${price:.2}"))
}
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(Server::new("stock-prices", "1.0.0").with::<get_stock_price>().run().await?)
}

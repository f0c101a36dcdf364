use mcp_runtime::client;

struct Symbol;
struct Price;

#[client]
trait Stocks {
    async fn price(&self, symbol: Symbol, currency: Option<Symbol>) -> Price;

    async fn buy(&self, symbol: &str, #[arg(rename = "n")] count: Price) -> Result<u32, Symbol>;
}

fn main() {}

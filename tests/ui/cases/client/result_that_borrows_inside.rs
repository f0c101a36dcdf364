use mcp_runtime::client;

#[client]
trait Stocks {
    async fn names(&self) -> Vec<&str>;
}

fn main() {}

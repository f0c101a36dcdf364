use mcp_runtime::client;

#[client]
trait Calculator {
    #[cfg_attr(all(), tool(name = "plus"))]
    async fn add(&self, a: i64, b: i64) -> i64;
}

fn main() {}

use mcp_runtime::server;

struct Calculator;

#[server]
impl Calculator {
    /// Add two integers.
    #[tool(crate = ::mcp_runtime)]
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

fn main() {}

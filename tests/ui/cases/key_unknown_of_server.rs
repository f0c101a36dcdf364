use mcp_runtime::server;

struct Calculator;

#[server(instruction = "Add things.")]
impl Calculator {
    /// Add two integers.
    #[tool]
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

fn main() {}

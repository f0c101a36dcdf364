use mcp_runtime::server;

struct Calculator;

#[server]
impl Calculator {
    /// Add two integers.
    #[tool]
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    /// Add two floats.
    #[tool(name = "add")]
    async fn add_floats(&self, a: f64, b: f64) -> f64 {
        a + b
    }
}

fn main() {}

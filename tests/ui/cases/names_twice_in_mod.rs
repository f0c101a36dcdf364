use mcp_runtime::server;

#[server]
mod calculator {
    use mcp_runtime::tool;

    /// Add two integers.
    #[tool]
    pub async fn add(a: i64, b: i64) -> i64 {
        a + b
    }

    /// Add two floats.
    #[tool(name = "add")]
    pub async fn add_floats(a: f64, b: f64) -> f64 {
        a + b
    }
}

fn main() {}

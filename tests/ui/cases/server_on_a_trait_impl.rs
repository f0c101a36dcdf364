use mcp_runtime::server;

struct Calculator;

trait Add {
    fn add(&self, a: i64, b: i64) -> i64;
}

#[server]
impl Add for Calculator {
    /// Add two integers.
    #[tool]
    fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }
}

fn main() {}

use mcp_runtime::tool;

struct Counter(u32);

impl Counter {
    /// What was counted.
    #[tool]
    async fn count(&self) -> u32 {
        self.0
    }
}

fn main() {}

use mcp_runtime::server;

struct Counter(u32);

#[server]
impl Counter {
    /// What was counted.
    #[tool]
    async fn count(self) -> u32 {
        self.0
    }
}

fn main() {}

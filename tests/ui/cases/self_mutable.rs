use mcp_runtime::server;

struct Counter(u32);

#[server]
impl Counter {
    /// Count one more.
    #[tool]
    async fn count(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

fn main() {}

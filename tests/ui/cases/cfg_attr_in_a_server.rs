use mcp_runtime::server;

struct Counter;

#[server]
impl Counter {
    /// Count up.
    #[cfg_attr(all(), tool(read_only))]
    fn up(&self, /** By how much */ #[arg(min = 1)] by: u32) -> u32 {
        by
    }
}

fn main() {
    drop(Counter.into_server());
}

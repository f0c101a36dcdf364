use mcp_runtime::{Server, server};

struct Counter;

#[server]
impl Counter {
    /// Count up.
    #[tool]
    fn up(&self) -> u32 {
        1
    }
}

#[server]
impl Counter {
    /// Count down.
    #[tool]
    fn down(&self, /** By how much */ by: u32) -> u32 {
        by
    }
}

fn main() {
    drop(Counter.into_server());
    drop(Server::new("demo", "1.0").instance(Counter));
}

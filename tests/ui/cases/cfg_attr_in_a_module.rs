use mcp_runtime::server;

#[server]
mod counter {
    use mcp_runtime::{prompt, tool};

    /// Count up.
    #[cfg_attr(all(), tool)]
    pub fn up(/** By how much */ by: u32) -> u32 {
        by
    }

    /// Ask to count.
    #[prompt]
    pub fn count() -> String {
        String::new()
    }
}

fn main() {
    drop(counter::into_server());
}

use mcp_runtime::server;

struct Notes;

#[server]
impl Notes {
    /// What is to be done today.
    #[resource("notes://today")]
    fn today(&self) -> &'static str {
        "nothing"
    }

    /// What is to be done now.
    #[resource("notes://today")]
    fn now(&self) -> &'static str {
        "nothing"
    }
}

fn main() {}

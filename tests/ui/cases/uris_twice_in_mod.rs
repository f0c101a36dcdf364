use mcp_runtime::server;

#[server]
mod notes {
    use mcp_runtime::resource;

    /// What is to be done today.
    #[resource("notes://today")]
    fn today() -> &'static str {
        "nothing"
    }

    /// What is to be done now.
    #[resource("notes://today")]
    fn now() -> &'static str {
        "nothing"
    }
}

fn main() {}

use mcp_runtime::resource;

struct Notes;

impl Notes {
    /// What is to be done today.
    #[resource("notes://today")]
    fn today(&self) -> &'static str {
        "nothing"
    }
}

fn main() {}

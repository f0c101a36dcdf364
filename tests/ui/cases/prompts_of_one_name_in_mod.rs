use mcp_runtime::server;

#[server]
mod reviews {
    use mcp_runtime::prompt;

    /// Ask for a review.
    #[prompt]
    pub fn review(code: String) -> String {
        code
    }

    /// Ask for a quick review.
    #[prompt(name = "review")]
    pub fn quick(code: String) -> String {
        code
    }
}

fn main() {}

use mcp_runtime::server;

struct Reviews;

#[server]
impl Reviews {
    /// Ask for a review.
    #[prompt]
    fn review(&self, code: String) -> String {
        code
    }

    /// Ask for another review.
    #[prompt(name = "review")]
    fn again(&self, code: String) -> String {
        code
    }
}

fn main() {}

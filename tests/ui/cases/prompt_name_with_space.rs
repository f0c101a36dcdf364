use mcp_runtime::prompt;

/// Ask for a review.
#[prompt(name = "review code")]
fn review(code: String) -> String {
    code
}

fn main() {}

use mcp_runtime::prompt;

/// Ask for a review.
#[prompt(tilte = "Review")]
fn review(code: String) -> String {
    code
}

fn main() {}

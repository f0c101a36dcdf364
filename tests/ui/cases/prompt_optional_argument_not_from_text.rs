use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(lines: Option<Vec<String>>) -> String {
    format!("{lines:?}")
}

fn main() {}

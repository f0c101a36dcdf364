use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(lines: Vec<u8>) -> String {
    format!("{lines:?}")
}

fn main() {}

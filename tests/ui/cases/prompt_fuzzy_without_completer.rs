use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(#[arg(fuzzy)] language: String) -> String {
    language
}

fn main() {}

use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(#[arg(complete = "languages")] language: String) -> String {
    language
}

fn main() {}

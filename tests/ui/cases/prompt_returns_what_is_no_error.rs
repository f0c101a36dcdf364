use mcp_runtime::prompt;

struct Trouble;

/// Ask for a review.
#[prompt]
fn review(code: String) -> Result<String, Trouble> {
    Ok(code)
}

fn main() {}

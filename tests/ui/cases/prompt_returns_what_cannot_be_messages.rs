use mcp_runtime::prompt;

struct Code;

/// Ask for a review.
#[prompt]
fn review() -> Code {
    Code
}

fn main() {}

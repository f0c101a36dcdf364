use mcp_runtime::prompt;

struct Code;

/// Ask for a review.
#[prompt]
fn review(code: Code) -> String {
    drop(code);
    String::new()
}

fn main() {}

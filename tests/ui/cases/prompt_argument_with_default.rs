use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(#[arg(default = 1)] rounds: u8) -> String {
    rounds.to_string()
}

fn main() {}

use mcp_runtime::prompt;

/// Ask for a review.
#[prompt]
fn review(#[arg(complete = languages)] language: String) -> String {
    language
}

fn languages(partial: u8) -> Vec<String> {
    vec![partial.to_string()]
}

fn main() {}

use mcp_runtime::{prompt, resource};

struct Code;
struct Fault;

/// Ask for a review.
#[prompt]
fn review(
    code: Code,
    lines: Vec<String>,
    #[arg(complete = languages)] language: String,
) -> Result<Code, Fault> {
    let _ = (lines, language);
    Ok(code)
}

fn languages() -> Vec<String> {
    Vec::new()
}

/// Some code.
#[resource("code://{path}", list = Code)]
fn code(path: Code, other: Code) -> Result<Code, Fault> {
    drop(other);
    Ok(path)
}

fn main() {}

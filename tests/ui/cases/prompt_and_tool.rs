use mcp_runtime::prompt;

/// Review something.
#[prompt]
#[mcp_runtime::tool]
fn review(code: String) -> String {
    code
}

fn main() {}

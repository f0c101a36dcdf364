use mcp_runtime::prompt;

#[prompt]
fn review(code: String) -> String {
    code
}

fn main() {}

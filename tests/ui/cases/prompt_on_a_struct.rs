use mcp_runtime::prompt;

#[prompt]
struct Review {
    code: String,
}

fn main() {}

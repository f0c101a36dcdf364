use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = "apples", pattern = "^[A-Z]+$")] what: String) {
    let _ = what;
}

fn main() {}

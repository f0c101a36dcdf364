use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = "apples", max_len = 3)] what: String) {
    let _ = what;
}

fn main() {}

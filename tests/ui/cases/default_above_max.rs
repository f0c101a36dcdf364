use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = 10, max = 9)] what: u32) {
    let _ = what;
}

fn main() {}

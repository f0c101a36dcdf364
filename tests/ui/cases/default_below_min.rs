use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = 0, min = 1)] what: u32) {
    let _ = what;
}

fn main() {}

use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = 1.5)] what: u32) {
    let _ = what;
}

fn main() {}

use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = "one")] what: u32) {
    let _ = what;
}

fn main() {}

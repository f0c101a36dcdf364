use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = 256)] what: u8) {
    let _ = what;
}

fn main() {}

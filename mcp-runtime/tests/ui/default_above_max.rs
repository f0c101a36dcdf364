use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = 10, max = 9)] what: u32) {
    drop(what);
}

fn main() {}

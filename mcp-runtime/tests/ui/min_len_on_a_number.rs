use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(min_len = 1)] what: u32) {
    drop(what);
}

fn main() {}

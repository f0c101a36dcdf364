use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(header = "X Y")] what: String) {
    drop(what);
}

fn main() {}

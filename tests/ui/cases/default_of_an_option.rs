use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(default = "apples")] what: Option<String>) {
    drop(what);
}

fn main() {}

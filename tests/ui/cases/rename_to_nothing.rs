use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(rename = "")] what: String) {
    let _ = what;
}

fn main() {}

use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(header = "Amount")] what: f64) {
    let _ = what;
}

fn main() {}

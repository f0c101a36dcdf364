use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(item: String, #[arg(rename = "item")] other: String) {
    drop((item, other));
}

fn main() {}

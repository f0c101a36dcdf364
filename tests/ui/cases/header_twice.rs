use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(header = "Item")] item: String, #[arg(header = "ITEM")] other: String) {
    drop((item, other));
}

fn main() {}

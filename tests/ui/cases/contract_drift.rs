use mcp_runtime::tool;

/// Reserve stock. The contract wants `sku: string`, `count: integer`, and only the former always.
#[tool(contract = "schemas/reserve.json")]
async fn reserve(sku: u64, count: u32, colour: String) {
    let _ = (sku, count, colour);
}

fn main() {}

use mcp_runtime::tool;

/// Add two integers.
#[tool(contract = "schemas/no_such_file.json")]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}

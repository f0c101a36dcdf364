use mcp_runtime::tool;

/// Index a repository.
#[tool(timeout = "30")]
async fn index() {}

fn main() {}

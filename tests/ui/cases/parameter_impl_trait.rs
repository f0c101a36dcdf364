use mcp_runtime::tool;

/// Greet someone.
#[tool]
async fn greet(name: impl Into<String>) -> String {
    name.into()
}

fn main() {}

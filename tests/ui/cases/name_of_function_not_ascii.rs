use mcp_runtime::tool;

/// How tall someone is.
#[tool]
async fn größe(name: String) -> u32 {
    name.len() as u32
}

fn main() {}

use mcp_runtime::tool;

/// The length of a text.
#[tool]
async fn u32(text: String) -> usize {
    text.len()
}

fn main() {}

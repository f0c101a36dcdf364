use mcp_runtime::tool;

/// The length of something.
#[tool]
async fn length<const N: usize>(text: String) -> bool {
    text.len() > N
}

fn main() {}

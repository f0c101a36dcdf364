use mcp_runtime::tool;

/// The length of something.
#[tool]
async fn length<T: AsRef<str>>(text: T) -> usize {
    text.as_ref().len()
}

fn main() {}

use mcp_runtime::prelude::*;

/// Make an id.
#[tool]
async fn make() -> uuid::Uuid {
    uuid::Uuid::nil()
}

fn main() {}

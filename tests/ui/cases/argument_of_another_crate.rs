use mcp_runtime::prelude::*;

/// Find a booking.
#[tool]
async fn find(id: uuid::Uuid) -> String {
    id.to_string()
}

fn main() {}

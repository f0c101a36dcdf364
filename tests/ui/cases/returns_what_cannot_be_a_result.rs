use mcp_runtime::tool;

struct Connection;

/// Open a connection.
#[tool]
async fn open() -> Connection {
    Connection
}

fn main() {}

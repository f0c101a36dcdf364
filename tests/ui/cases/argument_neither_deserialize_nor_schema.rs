use mcp_runtime::tool;

struct Connection;

/// Close a connection.
#[tool]
async fn close(connection: Connection) {
    drop(connection);
}

fn main() {}

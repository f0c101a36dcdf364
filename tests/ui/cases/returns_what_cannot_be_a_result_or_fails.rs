use mcp_runtime::tool;

struct Connection;

/// Open a connection.
#[tool]
async fn open() -> Result<Connection, std::fmt::Error> {
    Ok(Connection)
}

fn main() {}

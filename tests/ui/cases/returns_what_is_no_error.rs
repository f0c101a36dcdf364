use mcp_runtime::tool;

struct Refused;

/// Open a connection.
#[tool]
async fn open() -> Result<String, Refused> {
    Err(Refused)
}

fn main() {}

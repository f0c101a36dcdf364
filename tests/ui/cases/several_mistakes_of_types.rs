use mcp_runtime::tool;

struct Connection;

/// Use one connection to open another.
#[tool]
async fn open(
    from: Connection,
    #[arg(min = 1)] host: String,
    #[arg(default = 1.5)] port: u16,
) -> Connection {
    drop((host, port));
    from
}

fn main() {}

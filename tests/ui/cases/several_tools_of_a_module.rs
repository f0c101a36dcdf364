use mcp_runtime::server;

#[server]
mod calculator {
    use mcp_runtime::tool;

    #[tool]
    pub async fn add(a: i64, b: i64) -> i64 {
        a + b
    }

    /// Negate an integer.
    #[tool(titel = "Negate")]
    pub async fn negate(_: i64) -> i64 {
        -1
    }
}

fn main() {
    drop(calculator::into_server());
    drop(mcp_runtime::Server::new("demo", "1.0").with::<calculator::negate>());
}

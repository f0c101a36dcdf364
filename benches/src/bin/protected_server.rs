//! A server with the tool `add`. With the URL of an issuer, calls need an access token of it.

use mcp_runtime::authorization::Auth;
use mcp_runtime::prelude::*;

/// Add two integers.
#[tool(read_only)]
async fn add(
    /// First addend
    a: i64,
    /// Second addend
    b: i64,
) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> Result<(), mcp_runtime::Error> {
    let mut server = Server::new("bench", "1.0.0").with::<add>();
    if let Some(issuer) = std::env::args().nth(1) {
        server = server.require_auth(Auth::jwt(issuer).audience(mcp_benches::RESOURCE));
    }
    server.serve_http("127.0.0.1:0").await
}

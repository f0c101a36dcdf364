//! A gateway to any number of servers, each with its own name prefix.
//!
//! ```sh
//! cargo build --workspace --examples
//! cargo run -p mcp-advanced-examples --example gateway -- \
//!     shares=target/debug/examples/stock_prices office=target/debug/examples/mounted
//! ```
//!
//! A server is a URL, or a program with arguments. With `--http 127.0.0.1:8000` the gateway itself
//! serves HTTP.

use std::error::Error;

use mcp_runtime::Server;
use mcp_runtime::client::Client;
use mcp_runtime::gateway::Proxy;

const USAGE: &str = "gateway [--http ADDR] NAME=URL | NAME='PROGRAM [ARGUMENT]…' …";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut gateway = Server::new("gateway", "1.0.0");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments.iter().filter(|argument| !argument.starts_with("--"));
    for (name, server) in named.filter_map(|argument| argument.split_once('=')) {
        let client = connect(server).await?;
        // Destructive tools are not offered.
        let proxy = Proxy::of(client).await?.prefix(name).only(|offered| match offered {
            mcp_runtime::components::ComponentRef::Tool(tool) => {
                tool.annotations.as_ref().and_then(|hints| hints.destructive_hint) != Some(true)
            }
            _ => true,
        });
        gateway = gateway.proxy(proxy);
    }
    Ok(gateway.run().await?)
}

async fn connect(server: &str) -> Result<Client, Box<dyn Error>> {
    Ok(if server.starts_with("http://") || server.starts_with("https://") {
        Client::http(server).forward_questions(true).connect().await?
    } else {
        let mut words = server.split_whitespace();
        let program = words.next().ok_or(USAGE)?;
        Client::stdio(program).args(words).forward_questions(true).connect().await?
    })
}

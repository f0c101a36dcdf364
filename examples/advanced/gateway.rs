//! A gateway to any number of servers, each with its own name prefix.
//!
//! ```sh
//! cargo build --workspace --examples
//! cargo run -p mcp-advanced-examples --example gateway -- \
//!     shares=target/debug/examples/stock_prices office=target/debug/examples/mounted
//! ```
//!
//! A server is a URL, or a program with arguments. One that is down at the start joins when it is up.
//! With `--http 127.0.0.1:8000` the gateway itself serves HTTP.

use std::error::Error;

use mcp_runtime::Server;
use mcp_runtime::client::{self, Client};
use mcp_runtime::components::ComponentRef;
use mcp_runtime::gateway::Proxy;
use tokio::task::JoinHandle;

const USAGE: &str = "gateway [--http ADDR] NAME=URL | NAME='PROGRAM [ARGUMENT]…' …";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut gateway = Server::new("gateway", "1.0.0");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments.iter().filter(|argument| !argument.starts_with("--"));
    // All are connected at the same time, because one that is down takes a while.
    let mut connecting: Vec<JoinHandle<Result<Proxy, client::Error>>> = Vec::new();
    for (name, server) in named.filter_map(|argument| argument.split_once('=')) {
        let (name, server) = (name.to_owned(), server.to_owned());
        connecting.push(tokio::spawn(async move {
            let proxy = Proxy::optional(move || connect(server.clone())).await?;
            Ok(proxy.prefix(name).only(is_harmless))
        }));
    }
    for proxy in connecting {
        gateway = gateway.proxy(proxy.await??);
    }
    Ok(gateway.run().await?)
}

/// Destructive tools are not offered.
fn is_harmless(offered: &ComponentRef<'_>) -> bool {
    match offered {
        ComponentRef::Tool(tool) => {
            tool.annotations.as_ref().and_then(|hints| hints.destructive_hint) != Some(true)
        }
        _ => true,
    }
}

async fn connect(server: String) -> Result<Client, client::Error> {
    if server.starts_with("http://") || server.starts_with("https://") {
        return Client::http(server).forward_questions(true).connect().await;
    }
    let mut words = server.split_whitespace();
    let program = words.next().ok_or_else(|| client::Error::argument(USAGE))?;
    Client::stdio(program).args(words).forward_questions(true).connect().await
}

//! Clients that do nothing: `idle_clients HOST:PORT PID KIND COUNT` opens COUNT of them and prints the
//! memory of the server before and with them as one JSON object. KIND is `connections`, `listens` for
//! connections with `subscriptions/listen`, or `sessions` for legacy sessions without a connection.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use mcp_benches::client::{Connection, Result, memory};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, server, kind, count] = arguments.as_slice() else {
        return Err("usage: idle_clients HOST:PORT PID connections|listens|sessions COUNT".into());
    };
    let mut first = Connection::open(address).await?;
    first.modern("tools/list", "", json!({})).await?;
    first.open_session().await?;
    let before = memory(server, "VmRSS")?;
    let mut connections = Vec::new();
    for _ in 0..count.parse()? {
        match kind.as_str() {
            "sessions" => {
                first.open_session().await?;
            }
            "connections" => {
                let mut connection = Connection::open(address).await?;
                connection.modern("tools/list", "", json!({})).await?;
                connections.push(connection);
            }
            "listens" => {
                let mut connection = Connection::open(address).await?;
                connection.listen().await?;
                connections.push(connection);
            }
            unknown => return Err(format!("unknown kind `{unknown}`").into()),
        }
    }
    println!("{}", json!({ "before_kib": before, "with_kib": memory(server, "VmRSS")? }));
    Ok(())
}

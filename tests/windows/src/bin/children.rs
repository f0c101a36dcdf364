//! The client and child processes: `children HELLO` starts the program HELLO as a server, in several ways.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use mcp_runtime::client::{Client, ClientBuilder, Error, Stdio};
use serde_json::json;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Time for anything to happen.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result {
    let path = std::env::args().nth(1).ok_or("usage: children HELLO")?;
    let hello = || Client::stdio(&path);
    calls(hello()).await?;
    arguments(hello()).await?;
    surroundings(hello()).await?;
    exit_status(hello()).await?;
    without_extension(Path::new(&path)).await?;
    group(hello()).await?;
    eprintln!("children start, answer and end as they should");
    Ok(())
}

fn check<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Result {
    match found == expected {
        true => Ok(()),
        false => Err(format!("expected {expected:?}, found {found:?}").into()),
    }
}

async fn calls(hello: ClientBuilder<Stdio>) -> Result {
    let client = hello.connect().await?;
    check(client.revision().as_str(), "2026-07-28")?;
    check(client.call_as::<i64>("add", json!({ "a": 2, "b": 3 })).await?, 5)?;
    check(client.call_as::<String>("prints", ()).await?, "done".to_owned())?;
    check(client.call_as::<i64>("add", json!({ "a": 1, "b": 1 })).await?, 2)?;
    client.close().await;
    check(client.stderr().contains("printed by a handler"), true)
}

/// Arguments arrive as they are, whatever a command line would make of them.
async fn arguments(hello: ClientBuilder<Stdio>) -> Result {
    let given =
        ["two words", "", r#"a "quoted" one"#, r"C:\folder\", r#"\""#, "%PATH%", "ä€😀", "a&b|c^d"];
    let client = hello.args(given).connect().await?;
    let found: Vec<String> = client.call_as("arguments", ()).await?;
    check(found, given.map(str::to_owned).to_vec())?;
    client.close().await;
    Ok(())
}

async fn surroundings(hello: ClientBuilder<Stdio>) -> Result {
    let folder = std::env::temp_dir().canonicalize()?;
    let client = hello.env("MCP_TEST", "a value").current_dir(&folder).connect().await?;
    let value: Option<String> = client.call_as("variable", json!({ "name": "MCP_TEST" })).await?;
    check(value.as_deref(), Some("a value"))?;
    let directory: String = client.call_as("directory", ()).await?;
    check(Path::new(&directory).canonicalize()?, folder)?;
    client.close().await;
    Ok(())
}

async fn exit_status(hello: ClientBuilder<Stdio>) -> Result {
    let Err(error) = hello.args(["--exit"]).connect().await else {
        return Err("a program that fails is connected".into());
    };
    let Error::Closed(closed) = &error else { return Err(error.into()) };
    check(closed.exit.and_then(|exit| exit.code()), Some(3))?;
    check(error.to_string().contains("no such table: users"), true)
}

/// A program without its extension is found in `PATH`.
async fn without_extension(path: &Path) -> Result {
    let folder = path.parent().ok_or("the program has no folder")?;
    let client = Client::stdio("hello").env("PATH", folder).connect().await?;
    check(client.call_as::<i64>("add", json!({ "a": 1, "b": 2 })).await?, 3)?;
    client.close().await;
    Ok(())
}

/// A server that outlives its input is killed, with the process that it has started.
async fn group(hello: ClientBuilder<Stdio>) -> Result {
    let client = hello.args(["--stay"]).grace(Duration::from_millis(200)).connect().await?;
    check(client.call_as::<i64>("add", json!({ "a": 2, "b": 2 })).await?, 4)?;
    let started = Instant::now();
    let address = loop {
        let stderr = client.stderr();
        let line = stderr.lines().find_map(|line| line.strip_prefix("the child listens on "));
        if let Some(address) = line {
            break address.trim().to_owned();
        }
        in_time(started).await?;
    };
    drop(TcpStream::connect(&address)?);
    client.close().await;
    let closed = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        in_time(closed).await?;
    }
    Ok(())
}

async fn in_time(since: Instant) -> Result {
    tokio::task::yield_now().await;
    match since.elapsed() < LIMIT {
        true => Ok(()),
        false => Err("it takes too long".into()),
    }
}

//! Two instances of a server behind a balancer, and Redis: one command.
//!
//! Every instance serves every client, because what outlives a request is in Redis: sessions, their streams,
//! tasks. So the balancer sends each request to the next instance, whatever it contains.
//!
//! ```text
//! $ cargo run -p mcp-advanced-examples --example fleet -- --http 127.0.0.1:8000
//! two instances behind http://127.0.0.1:8000/mcp
//! ```
//!
//! With a URL such as `redis://127.0.0.1:6379` behind it, it uses that Redis; otherwise it starts a
//! `redis-server` of its own, which has to be installed. `--instance URL` runs one instance alone:
//!
//! ```text
//! $ cargo run -p mcp-advanced-examples --example fleet -- --http :8001 --instance redis://127.0.0.1:6379
//! ```

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::Store;
use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// Return the process id of the instance that runs this.
#[tool(read_only)]
async fn instance() -> u32 {
    std::process::id()
}

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Greet the user by name.
#[tool]
async fn greet(cx: &Context) -> Result<String, AskError> {
    let name = cx.elicit::<Name>("What is your name?").await?.accepted();
    Ok(name.map_or("Hello!".to_owned(), |Name { name }| format!("Hello {name}!")))
}

/// Greet the user by name, as a task.
#[tool(task)]
async fn greet_later(cx: &Context) -> Result<String, AskError> {
    greet(cx).await
}

/// Report progress, and wait until the call is cancelled.
#[tool]
async fn wait(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, format!("process {}", std::process::id()));
    std::future::pending().await
}

/// Report progress twice, and return the process id.
#[tool]
async fn report(cx: &Context) -> u32 {
    cx.progress(1.0, 2.0, "half");
    cx.progress(2.0, 2.0, "all");
    std::process::id()
}

/// The state of the fleet.
#[resource("fleet://state")]
async fn state() -> &'static str {
    "in service"
}

/// Announce that the state of the fleet has changed.
#[tool]
async fn announce(cx: &Context) -> &'static str {
    cx.server().resource_updated("fleet://state");
    "announced"
}

fn server(url: &str) -> Result<Server, Box<dyn Error>> {
    Ok(Server::new("fleet", env!("CARGO_PKG_VERSION"))
        .with::<(instance, greet, greet_later, wait, report, announce, state)>()
        .store(Store::redis(url)?))
}

/// Value of an option.
fn option(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(url) = option("--instance") {
        return Ok(server(&url)?.run().await?);
    }
    let listener = TcpListener::bind(option("--http").as_deref().unwrap_or("127.0.0.1:0")).await?;
    let given = std::env::args().find(|argument| argument.starts_with("redis://"));
    let redis = match given {
        Some(_) => None,
        None => Some(Redis::start().await?),
    };
    let url = given.or_else(|| redis.as_ref().map(|redis| redis.url.clone())).unwrap_or_default();
    let instances = [start_instance(&url).await?, start_instance(&url).await?];
    let addresses = instances.each_ref().map(|(_, address)| *address);
    eprintln!("two instances behind http://{}/mcp", listener.local_addr()?);
    tokio::select! {
        result = balance(listener, addresses) => result?,
        () = stopped() => {}
    }
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without signals it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A Redis server that ends with this program.
struct Redis {
    url: String,
    folder: PathBuf,
    _child: Child,
}

impl Redis {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("mcp-fleet-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always"])
            .arg("--dir")
            .arg(&folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!("`redis-server` cannot be started: {error}; install it, or give a URL")
            })?;
        let output = child.stdout.take().ok_or("no output of redis-server")?;
        read_until(output, |line| line.contains("Ready to accept connections").then_some(()))
            .await
            .ok_or("`redis-server` has ended; its port may be in use")?;
        Ok(Self { url: format!("redis://127.0.0.1:{port}"), folder, _child: child })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Whatever stays is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts an instance, and waits until it listens. It ends with this program.
async fn start_instance(url: &str) -> Result<(Child, SocketAddr), Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--http", "127.0.0.1:0", "--instance", url])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stderr.take().ok_or("no output of an instance")?;
    let address = read_until(output, |line| {
        let (_, rest) = line.split_once("http://")?;
        rest.strip_suffix("/mcp")?.parse().ok()
    });
    let address = address.await.ok_or("an instance does not start")?;
    Ok((child, address))
}

/// Reads lines until one has what is wanted. The rest is printed.
async fn read_until<T>(
    output: impl tokio::io::AsyncRead + Unpin + Send + 'static,
    wanted: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        if let Some(found) = wanted(&line) {
            tokio::spawn(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    eprintln!("{line}");
                }
            });
            return Some(found);
        }
    }
    None
}

/// Sends each request to the next instance.
async fn balance(listener: TcpListener, instances: [SocketAddr; 2]) -> std::io::Result<()> {
    let next = Arc::new(AtomicUsize::new(0));
    loop {
        let (client, _) = listener.accept().await?;
        let next = Arc::clone(&next);
        tokio::spawn(async move {
            // An error is the end of the connection.
            let _ = forward(client, instances, &next).await;
        });
    }
}

/// Limit of the head of a request.
const MAX_HEAD: usize = 64 << 10;

/// Forwards one request. The connection ends with it, so that the next one goes to the next instance.
async fn forward(
    mut client: TcpStream,
    instances: [SocketAddr; 2],
    next: &AtomicUsize,
) -> std::io::Result<()> {
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        if received.len() > MAX_HEAD || client.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&received[..end]);
    let is_kept = |line: &&str| !line.to_ascii_lowercase().starts_with("connection:");
    let head: Vec<_> = head.split("\r\n").filter(is_kept).collect();
    let head = head.join("\r\n") + "\r\nConnection: close\r\n\r\n";
    let first = next.fetch_add(1, Ordering::Relaxed);
    for attempt in 0..instances.len() {
        let instance = instances[(first + attempt) % instances.len()];
        let Ok(mut server) = TcpStream::connect(instance).await else { continue };
        server.write_all(head.as_bytes()).await?;
        server.write_all(&received[end + 4..]).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
        return Ok(());
    }
    let none = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    client.write_all(none.as_bytes()).await
}

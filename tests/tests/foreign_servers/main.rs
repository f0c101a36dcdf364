//! The client and servers of the official TypeScript and Python SDKs, in their newest and in older
//! versions, and both halves of authorization with the authorization server of `oidc-provider`.
//! `tests/interop/run.sh` installs them and runs this test.

#![cfg(unix)]
#![allow(missing_docs)]

mod command_line;
mod everything;
mod logins;
mod python;
mod restarted;
mod sessions;

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use mcp_runtime::client::ClientBuilder;
use mcp_runtime::protocol::{
    CallToolResult, CreateMessageParams, CreateMessageResult, ElicitResult, Root,
};
use mcp_tests::process::TEST_TIMEOUT;
use serde_json::json;
use tokio::net::TcpSocket;

fn node() -> OsString {
    std::env::var_os("INTEROP_NODE").unwrap_or_else(|| "node".into())
}

fn program(server: &str) -> PathBuf {
    let modules =
        concat!(env!("CARGO_MANIFEST_DIR"), "/interop/node_modules/@modelcontextprotocol");
    PathBuf::from(modules).join(server).join("dist/index.js")
}

/// A client with every capability.
fn able<T>(builder: ClientBuilder<T>) -> ClientBuilder<T> {
    builder
        .on_form(|_| async {
            let content = json!({ "name": "Ann" });
            ElicitResult::accept(content.as_object().cloned().unwrap_or_default())
        })
        .on_sample(|request: CreateMessageParams| async move {
            let text = format!("{} messages", request.messages.len());
            CreateMessageResult::text("none", text)
        })
        .roots([Root::new("file:///tmp").name("tmp")])
}

fn text(result: &CallToolResult) -> String {
    let texts: Vec<_> = result.content.iter().filter_map(|content| content.as_text()).collect();
    texts.join("\n")
}

/// A server on its own port, stopped on drop.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // Fails if it has already exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is not in use. It stays bound, so that the system gives it to no connection of another test before
/// the server listens: servers may bind it as well, because all set `SO_REUSEADDR` and no other listens.
fn free_port() -> u16 {
    static BOUND: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    BOUND.lock().unwrap().push(socket);
    port
}

/// Starts a server and waits until it listens on its port.
async fn serve(command: &mut Command, port: u16) -> Served {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut served = Served(command.spawn().unwrap());
    let errors = BufReader::new(served.0.stderr.take().unwrap());
    let (listening, listens) = tokio::sync::oneshot::channel();
    // Reads to the end, so that the server never waits for its output.
    std::thread::spawn(move || {
        let port = port.to_string();
        let announces = |line: &str| {
            let words = ["Uvicorn running", "listening on", "is running on"];
            line.contains(&port) && words.iter().any(|words| line.contains(words))
        };
        let mut listening = Some(listening);
        for line in errors.lines().map_while(Result::ok) {
            if announces(&line)
                && let Some(listening) = listening.take()
            {
                // Fails if the test has ended.
                let _ = listening.send(());
            }
        }
    });
    let listens = tokio::time::timeout(TEST_TIMEOUT, listens).await;
    listens.expect("the server does not listen").expect("the server has ended");
    served
}

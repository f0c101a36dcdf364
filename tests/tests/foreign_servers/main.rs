//! The client and servers of the official TypeScript and Python SDKs, in their newest and in older
//! versions. `tests/interop/run.sh` installs them and runs this test.

#![cfg(unix)]
#![allow(missing_docs)]

mod everything;
mod python;
mod restarted;
mod sessions;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use mcp_runtime::client::ClientBuilder;
use mcp_runtime::protocol::{
    CallToolResult, CreateMessageParams, CreateMessageResult, ElicitResult, Root,
};
use mcp_tests::process::TEST_TIMEOUT;
use serde_json::json;

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

/// A port that is not in use.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Starts a server and waits until it listens on its port.
async fn serve(command: &mut Command, port: u16) -> Served {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let served = Served(command.spawn().unwrap());
    let listens = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, listens).await.expect("the server does not listen");
    served
}

//! A scripted server at the other end of a pipe.

use std::time::Duration;

use mcp_runtime::client::{Client, Error};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use super::ask::{ask_for, configured, failed, good_call};
use super::script::{Reaction, Script};
use crate::message::Speaker;
use crate::rows::Row;

/// Serves until the client is gone, or until the row ends the connection.
async fn serve(io: DuplexStream, script: Script, closes: bool) {
    let (input, mut output) = tokio::io::split(io);
    let mut lines = BufReader::new(input).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).expect("the client sends JSON");
        let mut bytes = Vec::new();
        let mut is_bad = false;
        match script.receive(&message) {
            Reaction::Bad(lines) => {
                for (mark, line) in lines {
                    bytes.extend_from_slice(&line);
                    if mark == ">" {
                        bytes.push(b'\n');
                    }
                }
                is_bad = true;
            }
            Reaction::Good(message) => bytes.extend(format!("{message}\n").into_bytes()),
            Reaction::None => {}
        }
        // The client may be gone.
        let _ = output.write_all(&bytes).await;
        if is_bad && closes {
            return;
        }
    }
}

async fn connect(row: &Row, speaker: Speaker) -> (Result<Client, Error>, Script) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let script = Script::new(row, speaker);
    tokio::spawn(serve(far, script.clone(), row.is("closes")));
    let (reader, writer) = tokio::io::split(near);
    (configured(Client::over(reader, writer), speaker).connect().await, script)
}

/// Waits until all tasks are idle, because only then does the paused time move on.
pub(super) async fn settled() {
    let never = std::future::pending::<()>();
    assert!(tokio::time::timeout(Duration::from_secs(1), never).await.is_err());
}

pub(super) async fn run(row: &Row, speaker: Speaker) -> Vec<String> {
    let (client, script) = connect(row, speaker).await;
    let mut received = Vec::new();
    let is_usable = match client {
        Ok(client) => {
            received.push(ask_for(&client, row).await);
            if !client.is_closed() {
                good_call(&client, &row.name).await;
            }
            settled().await;
            !client.is_closed()
        }
        Err(error) => {
            received.push(failed(&error));
            false
        }
    };
    if !is_usable {
        let (client, _script) = connect(&Row::default(), speaker).await;
        good_call(&client.unwrap(), &row.name).await;
    }
    received.extend(script.sent());
    received
}

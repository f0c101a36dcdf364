//! A connection below the client of this project, which sends what a client must not.

mod pipe;
mod web;

use std::time::Duration;

use serde_json::{Value, json};

pub(super) use self::pipe::Pipe;
pub(super) use self::web::{Answer, Web};
use crate::target::Target;

/// Era of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    Modern,
    Legacy,
}

impl Era {
    pub(super) const BOTH: [Self; 2] = [Self::Modern, Self::Legacy];

    /// Newest revision.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Modern => "2026-07-28",
            Self::Legacy => "2025-11-25",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Legacy => "legacy",
        }
    }

    /// A request of this era.
    pub(super) fn request(self, id: &Value, method: &str, mut params: Value) -> Value {
        if self == Self::Modern {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(self.version());
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
            meta["io.modelcontextprotocol/clientInfo"] = client_info();
        }
        json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
    }
}

/// Parameters of `initialize`.
pub(super) fn initialize(version: &str) -> Value {
    json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": client_info() })
}

fn client_info() -> Value {
    json!({ "name": "cargo-mcp", "version": env!("CARGO_PKG_VERSION") })
}

/// A connection to a server.
pub(super) struct Peer {
    pub(super) era: Era,
    pub(super) line: Line,
    last_id: i64,
}

/// Transport of a connection.
pub(super) enum Line {
    Pipe(Pipe),
    Web(Web),
}

/// Answer of a server to a request: its response, or what came instead.
pub(super) type Response = Result<Value, String>;

impl Peer {
    /// Connects, without a message.
    pub(super) fn connect(target: &Target, era: Era, timeout: Duration) -> Result<Self, String> {
        let line = match target {
            Target::Program(program) => Line::Pipe(Pipe::start(program, timeout)?),
            Target::Http(server) => Line::Web(Web::new(server, era, timeout)?),
        };
        Ok(Self { era, line, last_id: 0 })
    }

    /// Connects and opens a session, or asks what the server is. Returns the answer, too.
    pub(super) async fn open(
        target: &Target,
        era: Era,
        timeout: Duration,
    ) -> Result<(Self, Value), String> {
        let mut peer = Self::connect(target, era, timeout)?;
        let result = peer.introduce().await?;
        Ok((peer, result))
    }

    /// Opens the session, or asks what the server is.
    pub(super) async fn introduce(&mut self) -> Result<Value, String> {
        let (method, params) = match self.era {
            Era::Modern => ("server/discover", json!({})),
            Era::Legacy => ("initialize", initialize(self.era.version())),
        };
        let response = self.request(method, params).await?;
        match response.get("result") {
            Some(result) => {
                let result = result.clone();
                if self.era == Era::Legacy {
                    self.notify("notifications/initialized", json!({})).await?;
                }
                Ok(result)
            }
            None => Err(format!("{method}: {}", response.get("error").unwrap_or(&response))),
        }
    }

    fn next_id(&mut self) -> Value {
        self.last_id += 1;
        json!(self.last_id)
    }

    /// Sends a request and waits for its response.
    pub(super) async fn request(&mut self, method: &str, params: Value) -> Response {
        let id = self.next_id();
        self.request_as(&id, method, params).await
    }

    /// Sends a request with an id of choice.
    pub(super) async fn request_as(&mut self, id: &Value, method: &str, params: Value) -> Response {
        let message = self.era.request(id, method, params);
        match &mut self.line {
            Line::Pipe(pipe) => pipe.ask(&message).await,
            Line::Web(web) => web.ask(&message).await,
        }
    }

    /// Sends a request with headers in the place of those of the protocol, and waits for its response.
    pub(super) async fn ask(&mut self, request: &Value, headers: &[(&str, &str)]) -> Response {
        match &mut self.line {
            Line::Pipe(pipe) => pipe.ask(request).await,
            Line::Web(web) => {
                let answer = web.post(&request.to_string(), headers).await?;
                answer.message.ok_or_else(|| format!("HTTP status {}", answer.status))
            }
        }
    }

    pub(super) async fn notify(&mut self, method: &str, params: Value) -> Result<(), String> {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        match &mut self.line {
            Line::Pipe(pipe) => pipe.send(&message.to_string()).await,
            Line::Web(web) => web.post(&message.to_string(), &[]).await.map(drop),
        }
    }

    /// Sends a text that need not be a message.
    pub(super) async fn send(&mut self, text: &str) -> Result<(), String> {
        match &mut self.line {
            Line::Pipe(pipe) => pipe.send(text).await,
            Line::Web(web) => web.post(text, &[]).await.map(drop),
        }
    }

    /// Asks for a sign of life.
    pub(super) async fn is_alive(&mut self) -> Result<(), String> {
        let method = match self.era {
            Era::Modern => "server/discover",
            Era::Legacy => "ping",
        };
        let response = self.request(method, json!({})).await?;
        match response.get("result") {
            Some(_) => Ok(()),
            None => Err(response.to_string()),
        }
    }
}

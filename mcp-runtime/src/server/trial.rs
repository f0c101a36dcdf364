//! Requests to a server without a transport, for tests.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_core::jsonrpc::{Frame, Limits, Message, Raw, decode};
use mcp_core::revision::Revision;
use serde_json::{Value, json};

use super::app::App;
use super::exchange::{Exchange, Origin, Parts};
use super::lifecycle::{self, RequestMeta};
use super::outlet::Outlet;
use super::registry::Listed;
use super::running::Reply;
use super::{Server, dispatch};

/// Nobody hears notifications.
struct Deaf;

impl Outlet for Deaf {
    fn notify(&self, _: Vec<u8>) {}

    fn poll_room(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// A server to send requests to.
pub(crate) struct Trial(Arc<App>);

impl Trial {
    pub(crate) fn of(server: Server) -> Self {
        Self(server.build().unwrap())
    }

    /// Puts another list of a kind in place.
    pub(crate) fn change<T: Listed>(&self, change: impl FnOnce(&[Arc<T>]) -> Vec<Arc<T>>) {
        let changed = self.0.live.change(|items| Ok::<_, ()>(change(items)));
        assert!(changed.is_ok());
    }

    /// Sends a request that stands alone and returns the result, or the error.
    pub(crate) fn ask(&self, method: &str, params: Value) -> Value {
        let mut params = params;
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        self.send(method, params, |frame, parts, meta| {
            let admitted = lifecycle::admit(meta).unwrap();
            Exchange::stateless(frame, parts, admitted, Arc::new(Deaf), Origin::default())
        })
    }

    /// Sends a request of a session.
    pub(crate) fn ask_in(&self, revision: Revision, method: &str, params: Value) -> Value {
        let opening = json!({
            "protocolVersion": revision.as_str(),
            "capabilities": {},
            "clientInfo": { "name": "c", "version": "1" },
        });
        let opening = opening.to_string();
        let session = lifecycle::open(&self.0.live, Some(Raw::from_accepted(&opening))).unwrap();
        self.send(method, params, |frame, parts, _| {
            let session = Arc::new(session);
            Exchange::in_session(frame, parts, session, Arc::new(Deaf), Origin::default())
        })
    }

    fn send(
        &self,
        method: &str,
        params: Value,
        exchange: impl FnOnce(Bytes, Parts, &RequestMeta<'_>) -> Exchange,
    ) -> Value {
        let frame = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let frame = Bytes::from(frame.to_string());
        let Ok(Frame::Single(Message::Request(request))) = decode(&frame, Limits::default()) else {
            panic!("not a request: {method}");
        };
        let meta = RequestMeta::read(request.params);
        let parts = Parts::of(&frame, &request, &meta);
        let exchange = exchange(frame.clone(), parts, &meta);
        let completed = match dispatch(&self.0, method, exchange) {
            Reply::Ready(completed) => completed,
            Reply::Running(running) => {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(running)
            }
        };
        let answer: Value = serde_json::from_slice(&completed.to_vec()).unwrap();
        let mut result = answer.get("result").or(answer.get("error")).cloned().unwrap();
        if let Some(members) = result.as_object_mut() {
            members.remove("_meta");
            members.remove("resultType");
        }
        result
    }
}

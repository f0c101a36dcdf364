//! Requests to a server without a transport, for the tests of this crate.

use std::sync::Arc;

use mcp_core::revision::Revision;
use serde_json::{Value, json};

use super::app::App;
use super::direct::{self, Deaf};
use super::exchange::{Exchange, Origin};
use super::registry::Listed;
use super::{Context, Server};

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
        let mut result = self.ask_as(Origin::default(), json!({}), method, params);
        if let Some(members) = result.as_object_mut() {
            members.remove("resultType");
        }
        result
    }

    /// Sends a request that stands alone, of a sender and with capabilities. The result says of what
    /// type it is.
    pub(crate) fn ask_as(
        &self,
        origin: Origin,
        capabilities: Value,
        method: &str,
        params: Value,
    ) -> Value {
        let exchange = direct::stateless(origin, &capabilities, method, &params);
        self.serve(method, exchange.unwrap())
    }

    /// The context of a request that stands alone.
    pub(crate) fn context(&self, capabilities: Value) -> Context {
        let params = json!({ "name": "t" });
        let exchange = direct::stateless(Origin::default(), &capabilities, "tools/call", &params);
        Context::new(Arc::clone(&self.0), exchange.unwrap(), None)
    }

    /// Sends a request of a session.
    pub(crate) fn ask_in(&self, revision: Revision, method: &str, params: Value) -> Value {
        let session = Arc::new(direct::session(&self.0, revision.as_str(), &json!({})).unwrap());
        let exchange = direct::in_session(&session, Arc::new(Deaf), method, &params);
        self.serve(method, exchange.unwrap())
    }

    fn serve(&self, method: &str, exchange: Exchange) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(direct::serve(&self.0, method, exchange))
    }
}

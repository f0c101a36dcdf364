//! Requests to a server without a transport, for the tests of this crate.

use std::sync::Arc;

use serde_json::{Value, json};

use super::direct;
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::context::handle::Context;
use crate::server::builder::Server;

/// A server to send requests to.
pub(crate) struct Trial(Arc<App>);

impl Trial {
    pub(crate) fn of(server: Server) -> Self {
        Self(server.build().unwrap())
    }

    /// Sends a request that stands alone, of a sender and with capabilities. The result contains what
    /// type it is.
    pub(crate) fn ask_as(
        &self,
        origin: Origin,
        capabilities: Value,
        method: &str,
        params: Value,
    ) -> Value {
        let exchange = direct::stateless(origin, &capabilities, method, &params);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(direct::serve(&self.0, exchange.unwrap()))
    }

    /// The context of a request that stands alone.
    pub(crate) fn context(&self, capabilities: Value) -> Context {
        let params = json!({ "name": "t" });
        let exchange = direct::stateless(Origin::default(), &capabilities, "tools/call", &params);
        Context::new(self.0.clone(), exchange.unwrap(), None)
    }
}

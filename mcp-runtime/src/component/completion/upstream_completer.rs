//! Completions of an upstream server, forwarded unchanged.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;

use super::Completing;
use crate::context::members::Members;

type Completed = Pin<Box<dyn Future<Output = Result<Members, ProtocolError>> + Send>>;

/// Function that requests completions from an upstream server.
#[derive(Clone)]
pub(crate) struct UpstreamCompleter(Arc<dyn Fn(Completing) -> Completed + Send + Sync>);

impl UpstreamCompleter {
    pub(crate) fn new<F>(ask: impl Fn(Completing) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Members, ProtocolError>> + Send + 'static,
    {
        Self(Arc::new(move |completing| Box::pin(ask(completing))))
    }

    pub(crate) fn complete(&self, completing: Completing) -> Completed {
        (self.0)(completing)
    }
}

impl fmt::Debug for UpstreamCompleter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamCompleter")
    }
}

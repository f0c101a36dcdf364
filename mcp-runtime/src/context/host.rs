//! The interface of a server for its requests.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::state::StateMap;
use super::url_elicitations::UrlElicitations;

/// A server that has been built.
///
/// Requests refer to it as a trait object, because the components of a server are defined in a higher
/// layer.
pub(crate) trait Host: Any + Send + Sync {
    /// Name of the server.
    fn name(&self) -> &str;

    /// Shared values, by type.
    fn state(&self) -> &StateMap;

    /// Settings for the questions of handlers.
    fn asking(&self) -> &AskSettings;
}

/// Settings for the questions of handlers.
pub(crate) struct AskSettings {
    /// Seals the state of a call that is stored by the client.
    pub(crate) sealer: Box<dyn SealState>,
    /// Time limit for an answer.
    pub(crate) answer_timeout: Duration,
    /// Maximum size of the state of a call, in bytes, before it is sealed.
    pub(crate) max_state: usize,
    /// URL elicitations that were sent.
    pub(crate) url_elicitations: Arc<UrlElicitations>,
}

/// Seals the state of a call: the client can neither read nor change it nor use it for another call.
pub(crate) trait SealState: Send + Sync {
    /// Seals a text for the call that it is bound to; `None` without a key or a source of randomness.
    fn seal(&self, text: &[u8], bound_to: &[u8]) -> Option<String>;

    /// Opens a text that was sealed for the same call.
    fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>>;

    /// Returns `true` if the key is there. Without it nothing is sealed or opened.
    fn is_ready(&self) -> bool;

    /// Reads the key that this instance shares with others.
    ///
    /// # Errors
    /// `-32603` if it cannot be read.
    fn prepare(&self) -> Prepared<'_>;
}

/// Future of the key.
pub(crate) type Prepared<'a> = Pin<Box<dyn Future<Output = Result<(), ProtocolError>> + Send + 'a>>;

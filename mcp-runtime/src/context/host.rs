//! A server, as its requests see it.

use std::any::Any;
use std::time::Duration;

use super::state::StateMap;

/// A server that has been built.
///
/// It is set when the server is built and is a trait object, so that requests know nothing of the
/// components that it has.
pub(crate) trait Host: Any + Send + Sync {
    /// The name of the server.
    fn name(&self) -> &str;

    /// Values that handlers may ask for by their type.
    fn state(&self) -> &StateMap;

    /// Settings for the questions of handlers.
    fn asking(&self) -> &AskSettings;
}

/// Settings of a server for the questions of its handlers.
pub(crate) struct AskSettings {
    /// Seals the state of a call that its client keeps in between.
    pub(crate) sealer: Box<dyn SealState>,
    /// The longest time that an answer may take.
    pub(crate) answer_timeout: Duration,
    /// The longest state of a call, in bytes, before it is sealed.
    pub(crate) max_state: usize,
}

/// Seals the state of a call, so that its client can neither read, change nor move it.
pub(crate) trait SealState: Send + Sync {
    /// Seals a text for the call that it is bound to; `None` without a key or random numbers.
    fn seal(&self, text: &[u8], bound_to: &[u8]) -> Option<String>;

    /// Opens what was sealed for the same call.
    fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>>;
}

//! The handlers of a client as one trait.

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitAction, ElicitFormParams, ElicitResult,
    ElicitUrlParams, LoggingMessageParams, Root,
};

use crate::client::event::Event;

/// The handlers of a client as one type, instead of one closure each.
///
/// The `OFFERS_…` constants become the capabilities of the client, so set the constant of each
/// function that you write. [`log`](Self::log) and [`changed`](Self::changed) are called where
/// messages are read and have to return soon.
///
/// ```
/// use mcp_runtime::ProtocolError;
/// use mcp_runtime::client::{Client, Handler};
/// use mcp_runtime::protocol::{ElicitFormParams, ElicitResult};
///
/// struct Agrees;
///
/// impl Handler for Agrees {
///     const OFFERS_FORMS: bool = true;
///
///     async fn form(&self, _: ElicitFormParams) -> Result<ElicitResult, ProtocolError> {
///         Ok(ElicitResult::accept(Default::default()))
///     }
/// }
///
/// let builder = Client::stdio("some-server").handler(Agrees);
/// # drop(builder);
/// ```
pub trait Handler: Send + Sync + 'static {
    /// `true` if [`form`](Self::form) is implemented.
    const OFFERS_FORMS: bool = false;
    /// `true` if [`url`](Self::url) is implemented.
    const OFFERS_URLS: bool = false;
    /// `true` if [`sample`](Self::sample) is implemented.
    const OFFERS_SAMPLING: bool = false;
    /// `true` if [`roots`](Self::roots) is implemented.
    const OFFERS_ROOTS: bool = false;

    /// Has the user fill in a form. Fields that are left out take their defaults.
    fn form(
        &self,
        form: ElicitFormParams,
    ) -> impl Future<Output = Result<ElicitResult, ProtocolError>> + Send {
        let _ = form;
        std::future::ready(Ok(ElicitResult::new(ElicitAction::Cancel)))
    }

    /// Sends the user to a URL.
    fn url(
        &self,
        url: ElicitUrlParams,
    ) -> impl Future<Output = Result<ElicitResult, ProtocolError>> + Send {
        let _ = url;
        std::future::ready(Ok(ElicitResult::new(ElicitAction::Cancel)))
    }

    /// Has the model continue a conversation.
    fn sample(
        &self,
        request: CreateMessageParams,
    ) -> impl Future<Output = Result<CreateMessageResult, ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Err(ProtocolError::internal("there is no model here")))
    }

    /// Returns the directories that the server may work on.
    fn roots(&self) -> impl Future<Output = Result<Vec<Root>, ProtocolError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// Receives a log message of the server.
    fn log(&self, message: LoggingMessageParams) {
        let _ = message;
    }

    /// Receives a change of the server.
    fn changed(&self, event: Event) {
        let _ = event;
    }
}

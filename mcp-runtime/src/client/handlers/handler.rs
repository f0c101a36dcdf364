//! All handlers of a client as one type.

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitAction, ElicitFormParams, ElicitResult,
    ElicitUrlParams, LoggingMessageParams, Root,
};

use crate::client::subscription::Event;

/// All handlers of a client as one type, instead of a closure each.
///
/// A server is told what the `OFFERS_…` constants say, so a function that is written belongs with
/// its constant. What tells the client something is called where the message is read and has to
/// return soon.
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
    /// Whether [`form`](Self::form) is written.
    const OFFERS_FORMS: bool = false;
    /// Whether [`url`](Self::url) is written.
    const OFFERS_URLS: bool = false;
    /// Whether [`sample`](Self::sample) is written.
    const OFFERS_SAMPLING: bool = false;
    /// Whether [`roots`](Self::roots) is written.
    const OFFERS_ROOTS: bool = false;

    /// The user fills in a form. Fields that are left out take their defaults.
    fn form(
        &self,
        form: ElicitFormParams,
    ) -> impl Future<Output = Result<ElicitResult, ProtocolError>> + Send {
        let _ = form;
        std::future::ready(Ok(ElicitResult::new(ElicitAction::Cancel)))
    }

    /// The user goes to a URL.
    fn url(
        &self,
        url: ElicitUrlParams,
    ) -> impl Future<Output = Result<ElicitResult, ProtocolError>> + Send {
        let _ = url;
        std::future::ready(Ok(ElicitResult::new(ElicitAction::Cancel)))
    }

    /// The model goes on with a conversation.
    fn sample(
        &self,
        request: CreateMessageParams,
    ) -> impl Future<Output = Result<CreateMessageResult, ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Err(ProtocolError::internal("there is no model here")))
    }

    /// The directories that the server may work on.
    fn roots(&self) -> impl Future<Output = Result<Vec<Root>, ProtocolError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// The server logs.
    fn log(&self, message: LoggingMessageParams) {
        let _ = message;
    }

    /// Something of the server changed.
    fn changed(&self, event: Event) {
        let _ = event;
    }
}

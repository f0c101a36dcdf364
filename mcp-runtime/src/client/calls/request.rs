//! The loop that every request goes through.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_core::jsonrpc::{ErrorCode, Raw};
use mcp_core::method::Method;

use super::rounds::{CallOutcome, Continuation, ResultType};
use crate::client::cache::{Kept, Key, Version};
use crate::client::connection::probe::supported_versions;
use crate::client::core::{Core, RequestOptions};
use crate::client::error::Error;
use crate::client::message::JsonText;

/// A request and the policies of the loop.
pub(crate) struct ClientRequest<'a> {
    pub(crate) method: &'a str,
    /// The method, if the protocol defines it and its rules apply.
    pub(crate) known: Option<Method>,
    /// Parameters, an object as JSON.
    pub(crate) params: &'a str,
    /// Parameters of the first attempt, if they differ because answers were added.
    pub(crate) resumed_params: Option<&'a str>,
    pub(crate) on_input_required: OnInputRequired,
    /// `true` if a task may come instead of the result.
    pub(crate) accepts_tasks: bool,
    pub(crate) caching: Caching,
}

/// The treatment of a result that asks for input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnInputRequired {
    /// Handlers of the client answer, and the request is sent again with their answers.
    Answer,
    /// The caller gets a [`Continuation`].
    Return,
    /// The type of the result is not examined.
    Ignore,
}

/// The use of the cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Neither read nor written.
    Off,
    /// Read and written.
    On,
    /// Written only, so that the server is asked.
    Refresh,
}

impl<'a> ClientRequest<'a> {
    /// Creates a request of the protocol whose result is taken as it is.
    pub(crate) fn new(method: Method, params: &'a str) -> Self {
        Self { known: Some(method), ..Self::custom(method.as_str(), params) }
    }

    /// Creates a request of any method whose result is taken as it is.
    pub(crate) fn custom(method: &'a str, params: &'a str) -> Self {
        Self {
            method,
            known: None,
            params,
            resumed_params: None,
            on_input_required: OnInputRequired::Ignore,
            accepts_tasks: false,
            caching: Caching::Off,
        }
    }
}

/// Retries that one round allows, because the server did not carry the request out.
#[derive(Default)]
struct Retries {
    was_resent: bool,
    has_relisted: bool,
}

impl Retries {
    fn resend(&mut self) -> bool {
        !std::mem::replace(&mut self.was_resent, true)
    }

    /// Lists the tools again. The attempt that follows may be resent as the first one.
    fn relist(&mut self) -> bool {
        self.was_resent = false;
        !std::mem::replace(&mut self.has_relisted, true)
    }
}

impl Core {
    /// Sends a request until there is a result: reconnects, changes the revision, repeats what the
    /// server did not carry out, answers its questions, and reads and writes the cache.
    pub(crate) async fn request(
        self: &Arc<Self>,
        request: ClientRequest<'_>,
        options: &mut RequestOptions,
    ) -> Result<CallOutcome<JsonText>, Error> {
        let cache_entry = match self.look_up(&request) {
            Lookup::Hit(result) => return Ok(CallOutcome::Complete(result)),
            Lookup::Miss(entry) => entry,
        };
        let mut params = Cow::Borrowed(request.resumed_params.unwrap_or(request.params));
        let mut rounds = 0;
        let mut retries = Retries::default();
        loop {
            let connection = self.connection_in_time(request.method, options).await?;
            match self.attempt(&connection, request.method, &params, options).await {
                Ok(result) => match request.result_type(&result)? {
                    ResultType::Complete => {
                        // A result that depends on answers is not one of its parameters alone, and
                        // the server may have made another caller of this client meanwhile.
                        if let Some((key, version)) = cache_entry.filter(|_| rounds == 0) {
                            let is_same = key.authorization == Some(self.connector.caller());
                            let kept = if is_same { Kept::Any } else { Kept::Public };
                            self.inbound.cache.put(key, &result, version, kept);
                        }
                        return Ok(CallOutcome::Complete(result));
                    }
                    ResultType::InputRequired(input) => {
                        if request.on_input_required == OnInputRequired::Return {
                            let waiting = Continuation::new(request.method, request.params, input)?;
                            return Ok(CallOutcome::InputRequired(waiting));
                        }
                        if rounds == self.max_rounds {
                            return Err(Error::TooManyRounds { answered: rounds });
                        }
                        params = Cow::Owned(input.answer(self, request.params, options).await?);
                        rounds += 1;
                        retries = Retries::default();
                    }
                },
                // The server has forgotten the session. The next attempt opens another.
                Err(Error::Closed(closed)) if closed.is_unprocessed && retries.resend() => {}
                Err(Error::Remote(error))
                    if error.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
                        && retries.resend() =>
                {
                    self.change_revision(&connection, supported_versions(&error))?;
                }
                // The schema of the tool has changed, or was never listed, so the headers do not
                // match the arguments.
                Err(Error::Remote(error))
                    if error.code == ErrorCode::HEADER_MISMATCH
                        && request.known == Some(Method::ToolsCall)
                        && connection.transport.mirrors()
                        && retries.relist() =>
                {
                    self.relist_tools().await?;
                    self.mirror(Method::ToolsCall, request.params, options);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a request and returns the questions of the server to the caller. `attempt` is `params`
    /// with the answers so far.
    pub(crate) async fn request_by_hand(
        self: &Arc<Self>,
        method: Method,
        params: &str,
        attempt: &str,
        options: &mut RequestOptions,
    ) -> Result<CallOutcome<JsonText>, Error> {
        let request = ClientRequest {
            resumed_params: Some(attempt),
            on_input_required: OnInputRequired::Return,
            ..ClientRequest::new(method, params)
        };
        self.request(request, options).await
    }

    /// Creates options with the members of a request that HTTP repeats in headers.
    pub(crate) fn mirrored_options(&self, method: Method, params: &str) -> RequestOptions {
        let mut options = RequestOptions::default();
        self.mirror(method, params, &mut options);
        options
    }

    /// Sends a request of the protocol and returns its result as it is.
    pub(crate) async fn request_plain(
        self: &Arc<Self>,
        method: Method,
        params: &str,
        options: &mut RequestOptions,
    ) -> Result<JsonText, Error> {
        self.request(ClientRequest::new(method, params), options).await?.complete()
    }

    /// Sets the members of a request that HTTP repeats in headers.
    pub(crate) fn mirror(&self, method: Method, params: &str, options: &mut RequestOptions) {
        let params = Raw::from_accepted(params);
        let name = method.subject().and_then(|key| params.member(key)).and_then(Raw::string);
        let name = name.map(Cow::into_owned);
        if let Some(name) = name.as_deref().filter(|_| method == Method::ToolsCall) {
            let arguments = params.member("arguments");
            options.mirrored.arguments = self.tools.header_arguments(name, arguments);
        }
        options.mirrored.name = name;
    }

    fn look_up(&self, request: &ClientRequest<'_>) -> Lookup {
        let method = request.known.filter(|_| request.caching != Caching::Off);
        let Some(method) = method else { return Lookup::Miss(None) };
        let key = Key {
            origin: Arc::clone(&self.inbound.origin),
            method,
            params: request.params.to_owned(),
            authorization: Some(self.connector.caller()),
        };
        let cache = &self.inbound.cache;
        match cache.get(&key).filter(|_| request.caching == Caching::On) {
            Some(result) => Lookup::Hit(result),
            None => Lookup::Miss(Some((key, cache.version()))),
        }
    }
}

/// The outcome of a look-up in the cache.
enum Lookup {
    Hit(JsonText),
    /// No result. The entry is where the result may be stored.
    Miss(Option<(Key, Version)>),
}

impl ClientRequest<'_> {
    fn result_type(&self, result: &JsonText) -> Result<ResultType, Error> {
        match self.on_input_required {
            OnInputRequired::Ignore => Ok(ResultType::Complete),
            OnInputRequired::Answer | OnInputRequired::Return => {
                ResultType::of(result, self.accepts_tasks)
            }
        }
    }
}

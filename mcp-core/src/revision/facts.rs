//! What can be true of a revision.

use crate::jsonrpc::ErrorCode;
use crate::method::Method;

/// How a client opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// With `initialize`, which begins a session.
    Handshake,
    /// With any request: each carries version and capabilities in its `_meta`.
    EveryRequest,
}

/// How a server asks its client something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// By a request of its own.
    ServerRequests,
    /// By a result that asks for input, upon which the client tries again.
    RetryWithInput,
}

/// Where the level of log messages comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevelFrom {
    /// From `logging/setLevel`, for the session.
    SetLevel,
    /// From the `_meta` of each request; nothing is logged without it.
    RequestMeta,
}

/// What a tool's `structuredContent` may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructuredContent {
    /// The revision has none.
    Absent,
    /// A JSON object.
    Object,
    /// Any JSON value.
    Any,
}

/// The table of a revision.
#[derive(Debug)]
pub struct Facts {
    /// The date that names it.
    pub name: &'static str,
    /// How a client opens.
    pub opens: Opens,
    /// Whether requests belong to a session, which outlives them.
    pub sessions: bool,
    /// How a server asks.
    pub asks: Asks,
    /// Where the log level comes from.
    pub log_level: LogLevelFrom,
    /// Whether an array of messages is a frame.
    pub batches: bool,
    /// Whether a result names its `resultType`.
    pub result_type: bool,
    /// Whether results of lists and reads carry `ttlMs` and `cacheScope`.
    pub cache_hints: bool,
    /// Whether a result's `_meta` names the server.
    pub server_info_in_results: bool,
    /// Whether HTTP requests mirror method, name and marked arguments in headers.
    pub standard_headers: bool,
    /// Whether closing the response stream cancels its request.
    pub disconnect_cancels: bool,
    /// Whether an HTTP stream may begin with an event that has an id and no message.
    pub primed_streams: bool,
    /// What a tool's `structuredContent` may be.
    pub structured_content: StructuredContent,
    /// Whether tools carry `annotations`.
    pub tool_annotations: bool,
    /// Whether tools, resources and prompts carry a `title` beside their name.
    pub titles: bool,
    /// Whether implementations and components carry icons.
    pub icons: bool,
    /// Whether users can be asked to fill in forms.
    pub elicitation: bool,
    /// Whether users can be sent to URLs.
    pub url_elicitation: bool,
    /// Whether a model that is asked can be given tools.
    pub sampling_tools: bool,
    /// Whether content may be audio.
    pub audio: bool,
    /// Whether content may link to a resource.
    pub resource_links: bool,
    /// The code for a resource that does not exist.
    pub unknown_resource: ErrorCode,
    /// Tells the methods that a client may send from all others.
    pub methods: fn(Method) -> bool,
}

impl Facts {
    /// Whether a client may send a method.
    pub fn has(&self, method: Method) -> bool {
        (self.methods)(method)
    }
}

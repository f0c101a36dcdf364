//! Facts of a revision.

use crate::jsonrpc::ErrorCode;
use crate::method::Method;

/// Way in which a client opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// By `initialize`, which begins a session.
    Handshake,
    /// By any request: each carries version and capabilities in its `_meta`.
    EveryRequest,
}

/// Way in which a server asks its client for input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// By a request of its own.
    ServerRequests,
    /// By a result that asks for input; the client answers in another attempt.
    RetryWithInput,
}

/// Source of the level of log messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevelFrom {
    /// `logging/setLevel`, for the session.
    SetLevel,
    /// The `_meta` of each request; nothing is logged without it.
    RequestMeta,
}

/// Values that a tool's `structuredContent` can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StructuredContent {
    /// None: the revision has no such member.
    Absent,
    /// A JSON object.
    Object,
    /// Any JSON value.
    Any,
}

/// Facts of a revision.
#[derive(Debug)]
#[non_exhaustive]
pub struct Facts {
    /// Name, a date.
    pub name: &'static str,
    /// Way in which a client opens.
    pub opens: Opens,
    /// `true` if requests belong to a session, which outlives them.
    pub sessions: bool,
    /// Way in which a server asks for input.
    pub asks: Asks,
    /// Source of the log level.
    pub log_level: LogLevelFrom,
    /// `true` if an array of messages is a frame.
    pub batches: bool,
    /// `true` if a result has a `resultType`.
    pub result_type: bool,
    /// `true` if results of lists and reads carry `ttlMs` and `cacheScope`.
    pub cache_hints: bool,
    /// `true` if the `_meta` of a result names the server.
    pub server_info_in_results: bool,
    /// `true` if HTTP requests repeat method, name and marked arguments in headers.
    pub standard_headers: bool,
    /// `true` if a client cancels a request by closing its response stream. In other revisions a
    /// disconnect leaves the request running.
    pub disconnect_cancels: bool,
    /// `true` if an HTTP stream may begin with an event that has an id and no message.
    pub primed_streams: bool,
    /// Values that a tool's `structuredContent` can have.
    pub structured_content: StructuredContent,
    /// `true` if tools carry `annotations`.
    pub tool_annotations: bool,
    /// `true` if tools, resources and prompts carry a `title` beside their name.
    pub titles: bool,
    /// `true` if implementations and components carry icons.
    pub icons: bool,
    /// `true` if servers declare that they complete arguments.
    pub completions: bool,
    /// `true` if users can be asked to fill in forms.
    pub elicitation: bool,
    /// `true` if a field of a form can be a choice with titles or of several values, and every type of
    /// field can have a default.
    pub rich_forms: bool,
    /// `true` if users can be sent to URLs.
    pub url_elicitation: bool,
    /// `true` if the client's model can be given tools.
    pub sampling_tools: bool,
    /// `true` if content may be audio.
    pub audio: bool,
    /// `true` if content may link to a resource.
    pub resource_links: bool,
    /// Error code for a resource that does not exist.
    pub unknown_resource: ErrorCode,
    /// Returns `true` for the methods that a client may send.
    pub methods: fn(Method) -> bool,
}

impl Facts {
    /// `true` if a client may send the method.
    pub fn has(&self, method: Method) -> bool {
        (self.methods)(method)
    }

    /// `true` if tasks belong to the protocol itself.
    pub fn core_tasks(&self) -> bool {
        self.has(Method::TasksResult)
    }

    /// `true` if tasks are an extension.
    pub fn tasks_extension(&self) -> bool {
        self.has(Method::TasksUpdate)
    }
}

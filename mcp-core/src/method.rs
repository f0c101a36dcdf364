//! The methods of the protocol and the facts about them.
//!
//! Invariant: whatever depends on the method alone is a fact of this file. The table and the
//! matches below have no wildcard, so a new method compiles only once it has every fact.

use std::fmt;

/// Side of a connection that sends a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Sent by the client.
    Client,
    /// Sent by the server.
    Server,
    /// Sent by either side.
    Both,
}

/// Kind of message that carries a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message with an id, which gets a response.
    Request,
    /// A message without an id, which gets none.
    Notification,
}

/// Part of the protocol that a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Opening of a connection: handshake and discovery.
    Lifecycle,
    /// Tools.
    Tools,
    /// Resources and resource templates.
    Resources,
    /// Prompts.
    Prompts,
    /// Completion of arguments.
    Completion,
    /// Log messages.
    Logging,
    /// Streams of change notifications.
    Subscriptions,
    /// Use of the client's model.
    Sampling,
    /// Questions to the user.
    Elicitation,
    /// Roots of the client.
    Roots,
    /// Long-running work.
    Tasks,
    /// Ping, cancellation and progress.
    Utilities,
}

/// Capability that a server declares to take part in a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCapability {
    /// `tools`.
    Tools,
    /// `resources`.
    Resources,
    /// `prompts`.
    Prompts,
    /// `completions`.
    Completions,
    /// `logging`.
    Logging,
    /// `tasks`.
    Tasks,
}

/// Capability that a client declares to receive a request of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCapability {
    /// `sampling`.
    Sampling,
    /// `elicitation`.
    Elicitation,
    /// `roots`.
    Roots,
}

macro_rules! optional {
    (-) => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

macro_rules! may_ask {
    (-) => {
        false
    };
    (asks) => {
        true
    };
}

macro_rules! methods {
    ($($kind:ident of $sender:ident {
        $($(#[$doc:meta])*
        $variant:ident = $name:literal: $area:ident, $subject:tt, $list:tt, $asks:tt;)*
    })*) => {
        /// A method of the protocol, in any of its revisions.
        ///
        /// It is exhaustive, so that the compiler finds every table that a new method belongs in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($($(#[$doc])* $variant,)*)*
        }

        impl Method {
            /// Every method.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// Parses a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($($name => Some(Self::$variant),)*)*
                    _ => None,
                }
            }

            /// Name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)*)*
                }
            }

            /// Side that sends it.
            pub const fn sender(self) -> Sender {
                match self {
                    $($(Self::$variant => Sender::$sender,)*)*
                }
            }

            /// Request or notification.
            pub const fn kind(self) -> Kind {
                match self {
                    $($(Self::$variant => Kind::$kind,)*)*
                }
            }

            /// Part of the protocol that it belongs to.
            pub const fn area(self) -> Area {
                match self {
                    $($(Self::$variant => Area::$area,)*)*
                }
            }

            /// Member of `params` with the name of what the message is about: a component, a
            /// resource, a task. `completion/complete` has none, because its `ref` is an object.
            pub const fn subject(self) -> Option<&'static str> {
                match self {
                    $($(Self::$variant => optional!($subject),)*)*
                }
            }

            /// Member of the result that holds the items of a list.
            pub const fn list_member(self) -> Option<&'static str> {
                match self {
                    $($(Self::$variant => optional!($list),)*)*
                }
            }

            /// `true` if the result may be a request for input, which the client answers in
            /// another attempt.
            ///
            /// Specification: [Supported requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr#supported-requests).
            pub const fn may_ask(self) -> bool {
                match self {
                    $($(Self::$variant => may_ask!($asks),)*)*
                }
            }
        }
    };
}

// Columns: name on the wire, area, subject, member of a list, may ask; `-` for none.
methods! {
    Request of Client {
        /// Opens a legacy session.
        Initialize = "initialize": Lifecycle, -, -, -;
        /// Requests the revisions and capabilities of a server.
        Discover = "server/discover": Lifecycle, -, -, -;
        /// Lists tools.
        ToolsList = "tools/list": Tools, -, "tools", -;
        /// Calls a tool.
        ToolsCall = "tools/call": Tools, "name", -, asks;
        /// Lists resources.
        ResourcesList = "resources/list": Resources, -, "resources", -;
        /// Lists resource templates.
        ResourcesTemplatesList = "resources/templates/list": Resources, -, "resourceTemplates", -;
        /// Reads a resource.
        ResourcesRead = "resources/read": Resources, "uri", -, asks;
        /// Subscribes to a resource in a legacy session.
        ResourcesSubscribe = "resources/subscribe": Resources, "uri", -, -;
        /// Ends a legacy subscription.
        ResourcesUnsubscribe = "resources/unsubscribe": Resources, "uri", -, -;
        /// Lists prompts.
        PromptsList = "prompts/list": Prompts, -, "prompts", -;
        /// Renders a prompt.
        PromptsGet = "prompts/get": Prompts, "name", -, asks;
        /// Completes an argument.
        Complete = "completion/complete": Completion, -, -, -;
        /// Sets the log level of a legacy session.
        SetLevel = "logging/setLevel": Logging, -, -, -;
        /// Opens a stream of change notifications.
        Listen = "subscriptions/listen": Subscriptions, -, -, -;
        /// Requests the state of a task.
        TasksGet = "tasks/get": Tasks, "taskId", -, -;
        /// Answers the questions of a task.
        TasksUpdate = "tasks/update": Tasks, "taskId", -, -;
        /// Ends a task.
        TasksCancel = "tasks/cancel": Tasks, "taskId", -, -;
        /// Requests the result of a task of 2025-11-25.
        TasksResult = "tasks/result": Tasks, "taskId", -, -;
        /// Lists the tasks of 2025-11-25.
        TasksList = "tasks/list": Tasks, -, "tasks", -;
    }
    Request of Server {
        /// Requests a message of the client's model.
        CreateMessage = "sampling/createMessage": Sampling, -, -, -;
        /// Requests input of the user.
        Elicit = "elicitation/create": Elicitation, -, -, -;
        /// Lists the client's roots.
        RootsList = "roots/list": Roots, -, "roots", -;
    }
    Request of Both {
        /// Checks that the peer is alive.
        Ping = "ping": Utilities, -, -, -;
    }
    Notification of Client {
        /// Ends the handshake of a legacy session.
        Initialized = "notifications/initialized": Lifecycle, -, -, -;
        /// The roots changed.
        RootsListChanged = "notifications/roots/list_changed": Roots, -, -, -;
    }
    Notification of Server {
        /// A log message.
        LogMessage = "notifications/message": Logging, -, -, -;
        /// The tools changed.
        ToolsListChanged = "notifications/tools/list_changed": Tools, -, -, -;
        /// The resources changed.
        ResourcesListChanged = "notifications/resources/list_changed": Resources, -, -, -;
        /// A resource changed.
        ResourceUpdated = "notifications/resources/updated": Resources, "uri", -, -;
        /// The prompts changed.
        PromptsListChanged = "notifications/prompts/list_changed": Prompts, -, -, -;
        /// A URL elicitation ended.
        ElicitationComplete = "notifications/elicitation/complete": Elicitation, "elicitationId", -, -;
        /// Opens a subscription stream.
        SubscriptionsAcknowledged = "notifications/subscriptions/acknowledged": Subscriptions, -, -, -;
        /// A task changed.
        TaskStatus = "notifications/tasks": Tasks, "taskId", -, -;
        /// A task of 2025-11-25 changed.
        CoreTaskStatus = "notifications/tasks/status": Tasks, "taskId", -, -;
    }
    Notification of Both {
        /// Cancels a request.
        Cancelled = "notifications/cancelled": Utilities, -, -, -;
        /// Reports progress of a request.
        Progress = "notifications/progress": Utilities, -, -, -;
    }
}

impl Method {
    /// Capability that a server declares to take part in the method.
    pub const fn server_capability(self) -> Option<ServerCapability> {
        match self.area() {
            Area::Tools => Some(ServerCapability::Tools),
            Area::Resources => Some(ServerCapability::Resources),
            Area::Prompts => Some(ServerCapability::Prompts),
            Area::Completion => Some(ServerCapability::Completions),
            Area::Logging => Some(ServerCapability::Logging),
            Area::Tasks => Some(ServerCapability::Tasks),
            Area::Lifecycle
            | Area::Subscriptions
            | Area::Sampling
            | Area::Elicitation
            | Area::Roots
            | Area::Utilities => None,
        }
    }

    /// Capability that a client declares to receive the request; `None` if the server does not
    /// send it as a request, or needs no capability for it.
    pub const fn client_capability(self) -> Option<ClientCapability> {
        match (self.kind(), self.area()) {
            (Kind::Request, Area::Sampling) => Some(ClientCapability::Sampling),
            (Kind::Request, Area::Elicitation) => Some(ClientCapability::Elicitation),
            (Kind::Request, Area::Roots) => Some(ClientCapability::Roots),
            (Kind::Notification, Area::Sampling | Area::Elicitation | Area::Roots) => None,
            (
                Kind::Request | Kind::Notification,
                Area::Lifecycle
                | Area::Tools
                | Area::Resources
                | Area::Prompts
                | Area::Completion
                | Area::Logging
                | Area::Subscriptions
                | Area::Tasks
                | Area::Utilities,
            ) => None,
        }
    }

    /// `true` if the request lists the items of an area.
    pub fn is_list_of(self, area: Area) -> bool {
        self.list_member().is_some() && self.area() == area
    }

    /// `true` if a client may cancel the request. The protocol excludes the handshake, and
    /// discovery stands for it where there are no sessions.
    pub const fn is_cancellable(self) -> bool {
        match (self.kind(), self.area()) {
            (Kind::Notification, _) | (Kind::Request, Area::Lifecycle) => false,
            (
                Kind::Request,
                Area::Tools
                | Area::Resources
                | Area::Prompts
                | Area::Completion
                | Area::Logging
                | Area::Subscriptions
                | Area::Sampling
                | Area::Elicitation
                | Area::Roots
                | Area::Tasks
                | Area::Utilities,
            ) => true,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(*method));
        }
        assert_eq!(Method::parse("TOOLS/LIST"), None);
    }

    #[test]
    fn facts_agree_with_each_other() {
        for method in Method::ALL {
            let named_as_notification = method.as_str().starts_with("notifications/");
            assert_eq!(method.kind() == Kind::Notification, named_as_notification, "{method}");
            assert_eq!(method.as_str().ends_with("/list"), method.list_member().is_some());
            assert!(!method.may_ask() || method.subject().is_some(), "{method}");
            let is_asked = method.kind() == Kind::Request && method.sender() == Sender::Server;
            assert_eq!(method.client_capability().is_some(), is_asked, "{method}");
        }
    }
}

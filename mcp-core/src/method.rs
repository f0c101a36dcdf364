//! The methods of the protocol: their names, and who sends them.

use std::fmt;

/// Who sends a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A request or notification of the client.
    Client,
    /// A request or notification of the server.
    Server,
    /// Either side.
    Both,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $sender:ident;)*) => {
        /// A method of the protocol, in any of its revisions.
        ///
        /// It is exhaustive, so that the compiler finds every table that a new method belongs in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
        }

        impl Method {
            /// Every method.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The method of a name on the wire.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Who sends it.
            pub const fn sender(self) -> Sender {
                match self {
                    $(Self::$variant => Sender::$sender,)*
                }
            }
        }
    };
}

methods! {
    /// Opens a legacy session.
    Initialize = "initialize", Client;
    /// Tells that a legacy session is open.
    Initialized = "notifications/initialized", Client;
    /// Asks whether the peer is alive.
    Ping = "ping", Both;
    /// Asks what a server speaks and offers.
    Discover = "server/discover", Client;
    /// Lists tools.
    ToolsList = "tools/list", Client;
    /// Calls a tool.
    ToolsCall = "tools/call", Client;
    /// Lists resources.
    ResourcesList = "resources/list", Client;
    /// Lists resource templates.
    ResourcesTemplatesList = "resources/templates/list", Client;
    /// Reads a resource.
    ResourcesRead = "resources/read", Client;
    /// Subscribes to a resource in a legacy session.
    ResourcesSubscribe = "resources/subscribe", Client;
    /// Ends a legacy subscription.
    ResourcesUnsubscribe = "resources/unsubscribe", Client;
    /// Lists prompts.
    PromptsList = "prompts/list", Client;
    /// Renders a prompt.
    PromptsGet = "prompts/get", Client;
    /// Completes an argument.
    Complete = "completion/complete", Client;
    /// Sets the log level of a legacy session.
    SetLevel = "logging/setLevel", Client;
    /// Opens a stream of change notifications.
    Listen = "subscriptions/listen", Client;
    /// Asks the client's model.
    CreateMessage = "sampling/createMessage", Server;
    /// Asks the user.
    Elicit = "elicitation/create", Server;
    /// Asks for the client's roots.
    RootsList = "roots/list", Server;
    /// State of a task.
    TasksGet = "tasks/get", Client;
    /// Answers to a task's questions.
    TasksUpdate = "tasks/update", Client;
    /// Ends a task.
    TasksCancel = "tasks/cancel", Client;
    /// Result of a task of 2025-11-25.
    TasksResult = "tasks/result", Client;
    /// Tasks of 2025-11-25.
    TasksList = "tasks/list", Client;
    /// Cancels a request.
    Cancelled = "notifications/cancelled", Both;
    /// Reports progress of a request.
    Progress = "notifications/progress", Both;
    /// A log message.
    LogMessage = "notifications/message", Server;
    /// The tools changed.
    ToolsListChanged = "notifications/tools/list_changed", Server;
    /// The resources changed.
    ResourcesListChanged = "notifications/resources/list_changed", Server;
    /// A resource changed.
    ResourceUpdated = "notifications/resources/updated", Server;
    /// The prompts changed.
    PromptsListChanged = "notifications/prompts/list_changed", Server;
    /// The roots changed.
    RootsListChanged = "notifications/roots/list_changed", Client;
    /// A URL elicitation ended.
    ElicitationComplete = "notifications/elicitation/complete", Server;
    /// Opens a subscription stream.
    SubscriptionsAcknowledged = "notifications/subscriptions/acknowledged", Server;
    /// A task changed.
    TaskStatus = "notifications/tasks", Server;
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Method;

    #[test]
    fn names_round_trip() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(*method));
        }
        assert_eq!(Method::parse("TOOLS/LIST"), None);
    }
}

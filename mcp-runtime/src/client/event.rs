//! Changes of a server.

use mcp_core::method::{Area, Kind, Method};
use mcp_core::protocol::ResourceUpdatedParams;

use super::message::Notification;

/// The longest URI of a queued event. Queues hold hundreds of events.
const MAX_QUEUED_URI: usize = 16 << 10;

/// A change of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The list of tools changed.
    Tools,
    /// The list of prompts changed.
    Prompts,
    /// The list of resources or of their templates changed.
    Resources,
    /// The resource of this URI, or a part of it, changed.
    Resource(String),
    /// Anything may have changed: the connection was interrupted, or changes arrived faster than
    /// they were read.
    Missed,
}

impl Event {
    /// Returns the change that a notification announces, if it announces one.
    pub(crate) fn announced_by(method: Method, notification: &Notification) -> Option<Self> {
        if method.kind() == Kind::Request {
            return None;
        }
        match method.area() {
            Area::Tools => Some(Self::Tools),
            Area::Prompts => Some(Self::Prompts),
            Area::Resources if method.subject().is_none() => Some(Self::Resources),
            Area::Resources => {
                let params: ResourceUpdatedParams = notification.params.raw().parse().ok()?;
                Some(Self::Resource(params.uri))
            }
            Area::Lifecycle
            | Area::Completion
            | Area::Logging
            | Area::Subscriptions
            | Area::Sampling
            | Area::Elicitation
            | Area::Roots
            | Area::Tasks
            | Area::Utilities => None,
        }
    }

    /// Replaces an event that is too large to be queued by [`Event::Missed`].
    pub(crate) fn bounded(self) -> Self {
        match self {
            Self::Resource(uri) if uri.len() > MAX_QUEUED_URI => Self::Missed,
            event => event,
        }
    }
}

/// Returns `true` if a URI is the subscribed one or that of a part of it.
pub(crate) fn is_part(uri: &str, subscribed: &str) -> bool {
    const BOUNDS: [char; 3] = ['/', '?', '#'];
    uri.strip_prefix(subscribed).is_some_and(|rest| {
        rest.is_empty() || subscribed.ends_with(BOUNDS) || rest.starts_with(BOUNDS)
    })
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn parts_of_a_subscribed_resource_match() {
        for (uri, expected) in [
            ("a://b", true),
            ("a://b/c", true),
            ("a://b?c", true),
            ("a://b#c", true),
            ("a://bc", false),
            ("a://", false),
        ] {
            assert_eq!(is_part(uri, "a://b"), expected, "{uri}");
        }
        assert!(is_part("a://b/c", "a://b/"));
        assert!(is_part("a://b?c=1", "a://b?"));
    }
}

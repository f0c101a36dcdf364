//! The request that a handler serves: its content, its client, and the channel to the client.

pub(crate) mod budget;
pub(crate) mod cancellation;
pub(crate) mod changes;
mod declared;
pub(crate) mod exchange;
pub(crate) mod extension_method;
#[cfg(feature = "forward-events")]
pub(crate) mod forward;
pub(crate) mod handle;
pub(crate) mod host;
pub(crate) mod known_roots;
pub(crate) mod lifespan;
pub(crate) mod log_limit;
pub(crate) mod members;
pub(crate) mod pending_questions;
pub(crate) mod principal;
pub(crate) mod progress;
pub(crate) mod question_time;
pub(crate) mod questions;
pub(crate) mod rate;
#[cfg(feature = "otel")]
pub(crate) mod remote_parent;
pub(crate) mod request_channel;
pub(crate) mod request_meta;
pub(crate) mod resource_subscriptions;
pub(crate) mod scope;
pub(crate) mod session;
pub(crate) mod sink;
pub(crate) mod state;
pub(crate) mod time;
pub(crate) mod trace_context;
pub(crate) mod url_elicitations;

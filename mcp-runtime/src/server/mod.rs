//! The server: what it is built of, and one request from its decoded message to its answer.

pub(crate) mod builder;
mod completed;
pub(crate) mod connection;
#[cfg(any(test, feature = "testing", feature = "providers"))]
pub(crate) mod direct;
pub(crate) mod discovery;
pub(crate) mod dispatch;
mod fleet;
pub(crate) mod handle;
pub(crate) mod hook;
pub(crate) mod in_flight;
pub(crate) mod lifecycle;
pub(crate) mod masking;
mod observation;
mod policy;
pub(crate) mod request_limits;
mod result_size;
pub(crate) mod rounds;
pub(crate) mod running;
pub(crate) mod serve;
mod span;
pub(crate) mod subscriptions;
pub(crate) mod tasks;
mod time_limit;
#[cfg(test)]
pub(crate) mod trial;

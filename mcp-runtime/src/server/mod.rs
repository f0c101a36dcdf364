//! The server: components, their registry, and one request from bytes to bytes.

mod app;
mod builder;
mod call;
mod cancellation;
pub(crate) mod component;
mod context;
mod discovery;
mod dispatch;
mod exchange;
mod handle;
mod in_flight;
pub(crate) mod lifecycle;
mod outlet;
mod page;
mod registry;
mod run;
mod running;
mod state;
mod subscriptions;

pub(crate) use app::App;
pub(crate) use discovery::initialized;
pub(crate) use dispatch::dispatch;
pub(crate) use exchange::{Exchange, Origin, Parts};
pub(crate) use in_flight::InFlight;
pub(crate) use outlet::{Outlet, SharedOutlet};
pub(crate) use running::{Completed, Reply, Running};
pub(crate) use subscriptions::announce;

pub use builder::{BuildError, Server};
pub use call::Call;
pub use context::{Client, Context, Principal};
pub use handle::{AddToolError, ServerHandle};
pub use state::State;

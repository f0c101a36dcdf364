//! The server: components, their registry, and one request from bytes to bytes.

mod app;
pub(crate) mod arguments;
pub(crate) mod ask;
pub(crate) mod asked;
mod builder;
mod call;
mod cancellation;
pub(crate) mod completion;
pub(crate) mod component;
pub mod constraint;
mod context;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod direct;
mod discovery;
mod dispatch;
mod exchange;
mod extension;
pub(crate) mod failure;
mod first_polls;
pub mod form;
#[cfg(feature = "forward-events")]
mod forward;
mod handle;
mod home;
mod hook;
mod in_flight;
pub(crate) mod inject;
pub(crate) mod injected;
pub(crate) mod lifecycle;
mod mount;
pub(crate) mod outcome;
mod outlet;
mod pace;
mod page;
pub(crate) mod parameter;
mod progress;
pub(crate) mod prompt;
#[cfg(feature = "client")]
mod proxy;
mod registry;
mod rendered;
pub(crate) mod resource;
mod run;
mod running;
mod scope;
mod state;
mod subscriptions;
pub(crate) mod text;
mod trace_context;
#[cfg(test)]
pub(crate) mod trial;
#[cfg(feature = "validate")]
mod validate;
mod visibility;

pub(crate) use app::App;
pub(crate) use cancellation::Cancellation;
pub(crate) use discovery::initialized;
pub(crate) use dispatch::dispatch;
pub(crate) use exchange::{Exchange, MethodName, Origin, Parts};
#[cfg(feature = "http")]
pub(crate) use extension::Notice;
pub(crate) use extension::{Inbox, notice};
#[cfg(test)]
pub(crate) use in_flight::Capacity;
pub(crate) use in_flight::InFlight;
pub(crate) use outlet::{Outlet, SharedOutlet};
pub(crate) use running::{Completed, Reply, Running};
pub(crate) use subscriptions::announce;

pub use ask::{
    AskError, AskErrorKind, Elicitation, Elicited, Roots, RootsError, RootsRequest, Sampled,
    SampledJson, Sampling, UrlCompletion, UrlElicitation,
};
pub use asked::Asked;
pub use builder::{BuildError, Server};
pub use call::Call;
pub use completion::Completing;
pub use component::{Arguments, Component, Components, Instance, IntoSchema, Registration, Tool};
pub use context::{Client, Context, Principal};
pub use extension::Cached;
pub use failure::{ToolError, ToolFailure};
pub use form::Elicit;
#[cfg(feature = "forward-events")]
pub use forward::ForwardEvents;
pub use handle::{AddToolError, ServerHandle};
pub use hook::{Failure, Hook, Incoming};
pub use inject::{Inject, Requirement};
pub use outcome::{Audio, ExtendedResult, Image, ResourceLink, ToolOutcome, ToolReply, ToolResult};
pub use parameter::Parameter;
pub use prompt::{Prompt, PromptArguments};
#[cfg(feature = "client")]
pub use proxy::Proxy;
pub use resource::{Json, Resource, Variables};
pub use state::State;
pub use text::ResourceError;
pub use trace_context::TraceContext;
pub use visibility::Offered;

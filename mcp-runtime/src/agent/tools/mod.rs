//! Tools of an agent: where they come from, and the definitions of a run.

mod changes;
mod connected;
mod naming;
mod server_tools;
mod toolbox;

pub use self::server_tools::ServerTools;
pub(super) use self::toolbox::{OfferSettings, Resolved, ToolTarget, Toolbox};

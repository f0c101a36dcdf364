//! Tools of an agent: where they come from, and the definitions of a run.

mod changes;
mod connected;
mod naming;
mod source;
mod toolbox;

pub use self::source::ToolSource;
pub(super) use self::toolbox::{OfferSettings, Resolved, ToolTarget, Toolbox};

//! The objects of the protocol, one file per page of the specification.
//!
//! Every object is one type for all revisions: fields that only some revisions know are
//! optional, unknown fields are ignored, and values that a later revision may add are kept as
//! `Other` or `Unknown`. Method, id and, but for tasks, `resultType` belong to the envelope and are
//! not part of the objects.

mod borrowed;
mod builders;
mod cancel;
mod capabilities;
mod completion;
mod content;
mod elicitation;
mod icon;
mod input_required;
mod lifecycle;
mod logging;
pub mod meta;
mod page;
mod progress;
mod prompt;
mod resource;
mod result;
mod roots;
mod sampling;
mod subscription;
mod task;
mod tool;

#[cfg(test)]
mod samples;

pub use cancel::*;
pub use capabilities::*;
pub use completion::*;
pub use content::*;
pub use elicitation::*;
pub use icon::*;
pub use input_required::*;
pub use lifecycle::*;
pub use logging::*;
pub use meta::{Meta, RequestMeta};
pub use page::*;
pub use progress::*;
pub use prompt::*;
pub use resource::*;
pub use result::*;
pub use roots::*;
pub use sampling::*;
pub use subscription::*;
pub use task::*;
pub use tool::*;

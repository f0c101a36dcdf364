//! Models, and the loop in which they call tools.

mod error;
mod model;
mod search;

pub use self::error::{ModelError, ModelErrorKind};
pub use self::model::{Model, ModelRequest};
pub use self::search::{Found, SearchResult, SearchTool, ToolIndex};
pub use crate::providers::{Answer, CallResult, Delta, Message, ModelMessage, ToolChoice, Usage};

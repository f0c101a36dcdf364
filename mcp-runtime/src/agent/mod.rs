//! Models, and the loop in which they call tools.

mod error;
#[cfg(feature = "genai")]
mod genai;
mod model;
mod search;

pub use self::error::{ModelError, ModelErrorKind};
#[cfg(feature = "genai")]
pub use self::genai::GenaiModel;
pub use self::model::{Model, ModelRequest};
pub use self::search::{Found, SearchResult, SearchTool, ToolIndex};
pub use crate::providers::{Answer, CallResult, Delta, Message, ModelMessage, ToolChoice, Usage};

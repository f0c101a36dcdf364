//! Tool calling of model providers: OpenAI, Anthropic and Gemini.
//!
//! The tools of a server, or of any MCP server, are offered to a model in five steps: definitions,
//! request, calls, execution, results. [`ToolSet`] and [`Definitions`] do all but the request and
//! the execution. Nothing here does I/O: every function converts between the types of MCP and the JSON
//! of a provider.

mod answer;
mod choice;
mod content;
mod conversation;
mod definitions;
mod members;
mod message;
mod names;
mod provider;
pub(crate) mod raw;
mod result;
pub(crate) mod schema;
mod source;
mod stream;
mod tool_set;

#[cfg(test)]
mod broken;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;

pub use self::answer::{
    Answer, AnswerError, Arguments, MalformedArguments, ModelCall, Stop, Usage,
};
pub use self::choice::{RequestFields, ToolChoice, UnknownTool};
pub use self::conversation::ConversationError;
pub use self::definitions::{Definition, Definitions, ToolCall};
pub use self::message::{CallResult, Message, ModelMessage};
pub use self::names::{NameMap, ToolId};
pub use self::provider::Provider;
pub use self::schema::{Dialect, Dropped, Narrowed, Narrowing, NotStrict, ProviderSchema, Undo};
pub use self::source::ToolSource;
pub use self::stream::{AnswerStream, Delta};
pub use self::tool_set::ToolSet;

//! Models, and the loop in which they call tools.
//!
//! An [`Agent`] has a model and the tools of any number of MCP servers. A run sends the conversation to
//! the model, makes the calls that the model asks for, returns their results to it, and repeats that
//! until the model answers without a call.
//!
//! ```
//! use mcp_runtime::agent::{Agent, ScriptedModel};
//! use mcp_runtime::prelude::*;
//! use mcp_runtime::serde_json::json;
//!
//! /// Get the weather of a city.
//! #[tool(read_only)]
//! async fn get_weather(city: String) -> String {
//!     format!("sunny in {city}")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A model of a provider in a real program.
//! let model = ScriptedModel::new()
//!     .call("get_weather", json!({ "city": "Oslo" }))
//!     .text("The sun shines in Oslo.");
//!
//! let tools = Server::new("weather", "1.0.0").with::<get_weather>();
//! let agent = Agent::new(model).tools(tools);
//! let outcome = agent.run("How is the weather in Oslo?").await?;
//! assert_eq!(outcome.text, "The sun shines in Oslo.");
//! # Ok(())
//! # }
//! ```
//!
//! # Safety
//!
//! A model is steered by the texts it reads, and results of tools are such texts. By default a run stops
//! before each call of a tool that is not known to change nothing; see [`Agent::approve`].
//!
//! # How it works
//!
//! ```text
//! Agent::run ─▶ Run ─polls─▶ run/mod.rs ─┬─▶ tools/    lists, names, definitions, the tool of a call
//!                ▲                       ├─▶ Model     one turn
//!                └── Event ◀── events ───┴─▶ calls.rs  approval, execution, results
//! ```
//!
//! The caller polls a run, and dropping it cancels everything it waits for. The only tasks are those
//! that receive changes of lists; they end with the run.
//! Its whole state is the [`Transcript`], so a run can be resumed after each end, errors included.

mod approval;
mod builder;
mod error;
mod event;
#[cfg(feature = "genai")]
mod genai;
mod limits;
mod model;
mod outcome;
mod run;
mod sampling;
mod scripted;
mod search;
mod shared_model;
mod tools;
mod transcript;

pub use self::approval::{Approval, PendingCall};
pub use self::builder::Agent;
pub use self::error::{ModelError, ModelErrorKind};
pub use self::event::Event;
#[cfg(feature = "genai")]
pub use self::genai::GenaiModel;
pub use self::limits::{Limit, Price};
pub use self::model::{Model, ModelRequest};
pub use self::outcome::{AgentError, AgentErrorKind, End, Outcome};
pub use self::run::{Run, StopHandle};
pub use self::sampling::SamplingModel;
pub use self::scripted::ScriptedModel;
pub use self::search::{Found, SearchResult, SearchTool, ToolIndex};
pub use self::shared_model::SharedModel;
pub use self::tools::ServerTools;
pub use self::transcript::Transcript;
pub use crate::providers::{
    Answer, CallResult, Delta, Message, ModelMessage, ToolChoice, ToolId, Usage,
};

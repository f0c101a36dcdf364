//! What a client of `#[client]` does: calls a tool with typed arguments, and compares what it expects
//! with what the server lists.

mod compare;
mod difference;
mod expected;
mod schemas;

use std::pin::Pin;

use mcp_core::protocol::Tool;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::connect::json;
use super::core::Client;
use super::error::Error;

pub use difference::{Difference, DifferenceKind};
pub use expected::{Described, Expected, OpaqueOutput, OpaqueType, Shape, ShownOutput, ShownType};

/// A type that a method of a client can take as an argument: every one that is `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a client's method",
    label = "cannot be written as JSON",
    note = "an argument needs `#[derive(serde::Serialize)]`"
)]
pub trait Sent {
    #[doc(hidden)]
    fn write(&self) -> Result<String, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Sent for T {
    fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// A type that a method of a client can return: a `Result` of what can be read, with any error that
/// this crate's becomes.
#[diagnostic::on_unimplemented(
    message = "a method of a client cannot return `{Self}`",
    label = "cannot be read from what a tool returns",
    note = "return a type with `#[derive(serde::Deserialize)]` that borrows nothing, or a `Result` of it",
    note = "the error of a `Result` needs `From<mcp_runtime::client::Error>`",
    note = "a `Result` is known by its name, so an alias of another name does not stand for one"
)]
pub trait Returns: Sized {
    /// What is read.
    type Value: DeserializeOwned;

    #[doc(hidden)]
    fn of(outcome: Result<Self::Value, Error>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned, E: From<Error>> Returns for Result<T, E> {
    type Value = T;

    fn of(outcome: Result<T, Error>) -> Self {
        outcome.map_err(E::from)
    }
}

/// A call of a tool that gets its arguments one by one.
#[derive(Debug)]
pub struct ToolCall {
    client: Client,
    tool: &'static str,
    /// The members of the arguments object.
    members: Result<String, Error>,
}

/// The call of a tool.
pub fn call(client: &Client, tool: &'static str) -> ToolCall {
    ToolCall { client: client.clone(), tool, members: Ok(String::new()) }
}

impl ToolCall {
    /// Adds an argument. One that is written as `null`, as `None` is, is left out.
    pub fn argument<T: Sent>(mut self, name: &str, value: &T) -> Self {
        self.members = self.members.and_then(|mut members| {
            let value = value.write().map_err(|error| {
                Error::Argument(format!(
                    "the argument `{name}` of `{}` cannot be written: {error}",
                    self.tool
                ))
            })?;
            if value != "null" {
                let comma = if members.is_empty() { "" } else { "," };
                members.push_str(&format!("{comma}{}:{value}", json(&name)));
            }
            Ok(members)
        });
        self
    }

    /// Makes the call once it is awaited, and reads its result.
    ///
    /// The type of the future does not mention the bound, so that a type which does not fulfil it is
    /// one error.
    pub fn read<'a, R: Returns + 'a>(self) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
        let Self { client, tool, members } = self;
        Box::pin(async move { R::of(read(&client, tool, members).await) })
    }
}

async fn read<T: DeserializeOwned>(
    client: &Client,
    tool: &str,
    members: Result<String, Error>,
) -> Result<T, Error> {
    let members = members?;
    let arguments = (!members.is_empty()).then(|| format!("{{{members}}}"));
    let arguments = arguments.map(RawValue::from_string).transpose();
    let arguments = arguments.map_err(|error| {
        Error::Argument(format!("the arguments of `{tool}` are no JSON: {error}"))
    })?;
    client.call_as(tool, arguments).await
}

/// Compares what is expected with the tools that the server lists.
pub async fn check(client: &Client, expected: Vec<Expected>) -> Result<(), Error> {
    let tools: Vec<Tool> = client.tools().all().await?;
    let differences: Vec<Difference> = expected
        .iter()
        .flat_map(|expected| {
            let tool = tools.iter().find(|tool| tool.name == expected.tool);
            compare::compare(expected, tool)
        })
        .collect();
    if differences.is_empty() { Ok(()) } else { Err(Error::Differs(differences)) }
}

//! Runtime of `#[client]`: calls tools with typed arguments, and compares the trait with the tools
//! that the server lists.

mod compare;
mod expected;
mod schemas;

use std::pin::Pin;

use mcp_core::json;
use mcp_core::protocol::Tool;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::core::Client;
use super::error::{Difference, Error};

pub use expected::{
    ExpectedSchema, ExpectedTool, OutputWithSchema, OutputWithoutSchema, SchemaProbe,
    TypeWithSchema, TypeWithoutSchema,
};

/// An argument of a method of a client: any type that is `Serialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a client's method",
    label = "cannot be written as JSON",
    note = "an argument needs `#[derive(serde::Serialize)]`"
)]
pub trait ClientArgument {
    #[doc(hidden)]
    fn write(&self) -> Result<String, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> ClientArgument for T {
    fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// The return type of a method of a client: a `Result` whose value is deserialised from the output,
/// and whose error is made of [`Error`].
#[diagnostic::on_unimplemented(
    message = "a method of a client cannot return `{Self}`",
    label = "cannot be read from what a tool returns",
    note = "return a type with `#[derive(serde::Deserialize)]` that borrows nothing, or a `Result` of it",
    note = "the error of a `Result` needs `From<mcp_runtime::client::Error>`",
    note = "a `Result` is known by its name, so an alias of another name does not stand for one"
)]
pub trait ClientReturn: Sized {
    /// Type of the output.
    type Value: DeserializeOwned;

    #[doc(hidden)]
    fn of(outcome: Result<Self::Value, Error>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned, E: From<Error>> ClientReturn for Result<T, E> {
    type Value = T;

    fn of(outcome: Result<T, Error>) -> Self {
        outcome.map_err(E::from)
    }
}

/// A call of a tool whose arguments are added one by one.
#[derive(Debug)]
pub struct ToolCall {
    client: Client,
    tool: &'static str,
    /// Names and JSON texts of the arguments.
    arguments: Result<Vec<(&'static str, String)>, Error>,
}

/// Creates a call of a tool.
pub fn call(client: &Client, tool: &'static str) -> ToolCall {
    ToolCall { client: client.clone(), tool, arguments: Ok(Vec::new()) }
}

impl ToolCall {
    /// Adds an argument. It is left out if it serialises as `null`, as `None` does.
    pub fn argument<T: ClientArgument>(mut self, name: &'static str, value: &T) -> Self {
        self.arguments = self.arguments.and_then(|mut arguments| {
            let value = value.write().map_err(|error| {
                Error::argument(format!(
                    "the argument `{name}` of `{}` cannot be written: {error}",
                    self.tool
                ))
            })?;
            if value != "null" {
                arguments.push((name, value));
            }
            Ok(arguments)
        });
        self
    }

    /// Returns a future that makes the call and parses its output.
    ///
    /// The type of the future does not mention the bound, so that a type which does not fulfil it
    /// results in one error of the compiler.
    pub fn read<'a, R: ClientReturn + 'a>(self) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
        let Self { client, tool, arguments } = self;
        Box::pin(async move { R::of(read(&client, tool, arguments).await) })
    }
}

async fn read<T: DeserializeOwned>(
    client: &Client,
    tool: &str,
    arguments: Result<Vec<(&'static str, String)>, Error>,
) -> Result<T, Error> {
    let arguments = arguments?;
    let object = (!arguments.is_empty()).then(|| {
        json::object_string(|object| {
            for (name, value) in &arguments {
                object.entry(name).extend_from_slice(value.as_bytes());
            }
        })
    });
    let arguments = object.map(RawValue::from_string).transpose();
    let arguments = arguments.map_err(|error| {
        Error::argument(format!("the arguments of `{tool}` are no JSON: {error}"))
    })?;
    client.call_as(tool, arguments).await
}

/// Compares the methods of a trait with the tools that the server lists.
///
/// # Errors
/// [`Error::SchemaMismatch`] with all differences, and the errors of listing.
pub async fn check(client: &Client, expected: Vec<ExpectedTool>) -> Result<(), Error> {
    let tools: Vec<Tool> = client.tools().all().await?;
    let differences: Vec<Difference> = expected
        .iter()
        .flat_map(|expected| {
            let tool = tools.iter().find(|tool| tool.name == expected.tool);
            compare::compare(expected, tool)
        })
        .collect();
    if differences.is_empty() { Ok(()) } else { Err(Error::SchemaMismatch { differences }) }
}

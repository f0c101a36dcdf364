//! Requests to a server.

mod call;
mod events;
mod pages;
mod request;
mod results;
mod rounds;
mod tasks;
mod utilities;

use std::borrow::Cow;
use std::collections::BTreeMap;

use mcp_core::json;
use mcp_core::method::Method;
use mcp_core::protocol::{
    CallToolResult, CompleteParams, CompleteResult, Completion, CompletionArgument,
    CompletionContext, CompletionReference, GetPromptParams, GetPromptResult, InputResponses, Meta,
    Prompt, ReadResourceResult, Resource, ResourceTemplate, Tool,
};
use mcp_core::revision::write_notification;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::envelope::with_member;
use super::core::{Client, RequestOptions, uri_params};
use super::error::Error;
use super::message::to_json;
use super::transport::OutgoingNotification;
use results::{parse_output, parse_result};

pub use call::Call;
pub use events::{CallEvent, CallEvents};
pub(crate) use pages::FreshPages;
pub use pages::Pages;
use request::{ClientRequest, OnInputRequired};
pub(crate) use rounds::with_answers;
pub use rounds::{CallOutcome, Continuation};
pub use tasks::{Task, TaskCall, TaskReference, TaskState, TaskUpdates};

/// No arguments, for [`Client::prompt`] and [`Client::complete`].
pub const NO_ARGUMENTS: [(&str, &str); 0] = [];

impl Client {
    /// Lists the tools of the server, page by page.
    ///
    /// Where HTTP repeats arguments in headers, tools that request that in an invalid way are left
    /// out, with a warning.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Add two integers.
    /// # #[tool]
    /// # async fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("calculator", "1.0.0").with::<add>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let tools = client.tools().all().await?;
    /// assert_eq!(tools[0].name, "add");
    /// # Ok(())
    /// # }
    /// ```
    pub fn tools(&self) -> Pages<Tool> {
        Pages::new(self, Method::ToolsList, pages::accept_tool)
    }

    /// Lists the resources of the server, page by page.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Notes.
    /// # #[resource("notes://today")]
    /// # async fn notes() -> &'static str { "buy milk" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("notes", "1.0.0").with::<notes>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let resources = client.resources().all().await?;
    /// assert_eq!(resources[0].uri, "notes://today");
    /// # Ok(())
    /// # }
    /// ```
    pub fn resources(&self) -> Pages<Resource> {
        Pages::new(self, Method::ResourcesList, |_, _| Ok(()))
    }

    /// Lists the resource templates of the server, page by page.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Notes of a day.
    /// # #[resource("notes://{day}")]
    /// # async fn notes(day: String) -> String { format!("nothing on {day}") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("notes", "1.0.0").with::<notes>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let templates = client.templates().all().await?;
    /// assert_eq!(templates[0].uri_template, "notes://{day}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn templates(&self) -> Pages<ResourceTemplate> {
        Pages::new(self, Method::ResourcesTemplatesList, |_, _| Ok(()))
    }

    /// Lists the prompts of the server, page by page.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Review code.
    /// # #[prompt]
    /// # async fn review(code: String) -> String { format!("Review this: {code}") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("reviews", "1.0.0").with::<review>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let prompts = client.prompts().all().await?;
    /// assert_eq!(prompts[0].name, "review");
    /// # Ok(())
    /// # }
    /// ```
    pub fn prompts(&self) -> Pages<Prompt> {
        Pages::new(self, Method::PromptsList, |_, _| Ok(()))
    }

    /// Calls a tool. The arguments are serialised as a JSON object; `()` stands for none.
    ///
    /// The call is sent when it is awaited, and takes options before. A tool that fails is a result
    /// whose `is_error` is set.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use serde_json::json;
    /// # /// Add two integers.
    /// # #[tool]
    /// # async fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("calculator", "1.0.0").with::<add>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let result = client.call("add", json!({ "a": 2, "b": 3 })).await?;
    /// assert_eq!(result.to_text(), "5");
    ///
    /// // Any type that serialises as an object.
    /// #[derive(serde::Serialize)]
    /// struct Summands {
    ///     a: i64,
    ///     b: i64,
    /// }
    /// let result = client.call("add", Summands { a: 20, b: 22 }).await?;
    /// assert_eq!(result.to_text(), "42");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Remote`] if the server refuses the call, [`Error::Closed`] if the connection ends
    /// first, [`Error::Timeout`] if no response arrives in time, [`Error::InvalidOutput`] if the
    /// structured content does not match the output schema (with the feature `validate`, for tools
    /// that were listed).
    ///
    /// # Cancel safety
    /// Dropping the future cancels the call.
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<CallToolResult> {
        let name = name.into();
        let params = object(&arguments, &format!("the arguments of `{name}`")).map(|arguments| {
            json::object_string(|params| {
                params.value("name", &name);
                if let Some(arguments) = arguments {
                    params.raw("arguments", &arguments);
                }
            })
        });
        Call::known(self, Method::ToolsCall, params)
    }

    /// Calls a tool and parses its output as a type: the structured content, or the text if there is
    /// none. `()` takes any output, and an `Option` is `None` if there is no output.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use serde_json::json;
    /// # /// Add two integers.
    /// # #[tool]
    /// # async fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("calculator", "1.0.0").with::<add>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let sum: i64 = client.call_as("add", json!({ "a": 2, "b": 3 })).await?;
    /// assert_eq!(sum, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`call`](Self::call), and [`Error::Tool`] if the tool fails,
    /// [`Error::InvalidOutput`] if its output is not of the type.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the call.
    pub async fn call_as<T: DeserializeOwned>(
        &self,
        name: impl Into<String>,
        arguments: impl Serialize,
    ) -> Result<T, Error> {
        let name = name.into();
        let result = self.call(name.clone(), arguments).await?;
        parse_output(&name, &result)
    }

    /// Reads a resource.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Notes.
    /// # #[resource("notes://today")]
    /// # async fn notes() -> &'static str { "buy milk" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("notes", "1.0.0").with::<notes>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let notes = client.read("notes://today").await?;
    /// assert_eq!(notes.contents.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub fn read(&self, uri: impl Into<String>) -> Call<ReadResourceResult> {
        Call::known(self, Method::ResourcesRead, Ok(uri_params(&uri.into())))
    }

    /// Renders a prompt. Its arguments are strings, or [`NO_ARGUMENTS`].
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error, NO_ARGUMENTS};
    /// # use mcp_runtime::prelude::*;
    /// # /// Review code.
    /// # #[prompt]
    /// # async fn review(code: String) -> String { format!("Review this: {code}") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("reviews", "1.0.0").with::<review>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let prompt = client.prompt("review", [("code", "fn main() {}")]).await?;
    /// assert_eq!(prompt.messages.len(), 1);
    /// // The argument is required.
    /// assert!(client.prompt("review", NO_ARGUMENTS).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub fn prompt<K: Into<String>, V: Into<String>>(
        &self,
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Call<GetPromptResult> {
        let arguments = strings(arguments);
        let mut params = GetPromptParams::new(name);
        params.arguments = (!arguments.is_empty()).then_some(arguments);
        Call::known(self, Method::PromptsGet, Ok(to_json(&params)))
    }

    /// Completes an argument of a prompt or of a resource template. `given` are the arguments that
    /// the user has filled in already, or [`NO_ARGUMENTS`].
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error, NO_ARGUMENTS};
    /// # use mcp_runtime::prelude::*;
    /// # use mcp_runtime::protocol::CompletionReference;
    /// # async fn languages(typed: String) -> Vec<&'static str> {
    /// #     ["rust", "ruby", "zig"].into_iter().filter(|it| it.starts_with(&typed)).collect()
    /// # }
    /// # /// Review code.
    /// # #[prompt]
    /// # async fn review(#[arg(complete = languages)] language: String) -> String {
    /// #     format!("Review this {language} code")
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("reviews", "1.0.0").with::<review>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let reference = CompletionReference::prompt("review");
    /// let completion = client.complete(reference, "language", "ru", NO_ARGUMENTS).await?;
    /// assert_eq!(completion.values, ["rust", "ruby"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// In a session, a server that does not declare completion is not asked; nothing is suggested then.
    ///
    /// # Errors
    /// The errors of any request.
    pub async fn complete<K: Into<String>, V: Into<String>>(
        &self,
        reference: CompletionReference,
        argument: impl Into<String>,
        typed: impl Into<String>,
        given: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Completion, Error> {
        let given = strings(given);
        let mut params = CompleteParams::new(reference, CompletionArgument::new(argument, typed));
        params.context = (!given.is_empty()).then(|| CompletionContext::new(given));
        let params = to_json(&params);
        let method = Method::Complete;
        if !self.core.connection().await?.offers(method) {
            return Ok(Completion::default());
        }
        let request = ClientRequest {
            // Completion cannot ask for input, so it is an error if it does.
            on_input_required: OnInputRequired::Return,
            ..ClientRequest::new(method, &params)
        };
        let result = self.core.request(request, &mut RequestOptions::default()).await?;
        let result: CompleteResult = parse_result(method.as_str(), result.complete()?.as_str())?;
        Ok(result.completion)
    }

    /// Continues a request that waits for input. Another client of the same server may have sent it.
    ///
    /// See [`Call::by_hand`] for an example.
    ///
    /// # Errors
    /// The errors of any request, and [`Error::Argument`] if the continuation is of a request that
    /// cannot wait for input.
    pub async fn resume<T: DeserializeOwned>(
        &self,
        continuation: &Continuation,
        answers: &InputResponses,
    ) -> Result<CallOutcome<T>, Error> {
        let method = continuation.method()?;
        let params = continuation.params.get();
        let attempt = continuation.answered(answers);
        let mut options = self.core.mirrored_options(method, params);
        let outcome = self.core.request_by_hand(method, params, &attempt, &mut options).await?;
        outcome.try_map(|result| parse_result(method.as_str(), result.as_str()))
    }

    /// Sends any request, such as one of an extension, and returns its result as it is.
    ///
    /// The parameters have to serialise as an object. The client answers no questions in the result
    /// and does not cache it. A `serde_json::Value` contains all members, `_meta` included.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use serde_json::{Value, json};
    /// # /// Add two integers.
    /// # #[tool]
    /// # async fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("calculator", "1.0.0").with::<add>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let result: Value = client.request("tools/list", json!({})).await?;
    /// assert_eq!(result["tools"][0]["name"], "add");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request, and [`Error::Argument`] if the parameters are no object.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub fn request<T>(&self, method: &str, params: impl Serialize) -> Call<T> {
        Call::custom(self, method, params_of(method, &params))
    }

    /// Sends a notification, such as one of an extension. The parameters have to serialise as an
    /// object. A server ignores notifications that it does not know.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let client = Client::in_memory(Server::new("tickets", "1.0.0")).connect().await?;
    /// client.notify("com.example/tickets/read", json!({ "ticket": 7 })).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] if the parameters are no object, [`Error::Closed`] or
    /// [`Error::Transport`] if it cannot be sent.
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), Error> {
        let params = params_of(method, &params)?;
        match self.notify_once(method, &params).await {
            // The server has forgotten the session.
            Err(Error::Closed(closed)) if closed.is_unprocessed => {
                self.notify_once(method, &params).await
            }
            outcome => outcome,
        }
    }

    async fn notify_once(&self, method: &str, params: &str) -> Result<(), Error> {
        let connection = self.core.connection().await?;
        let meta = self.core.meta(&connection, &Meta::new(), None);
        let mut params = Cow::Borrowed(params);
        if !meta.is_empty() {
            params = Cow::Owned(with_member(&params, "_meta", |out| {
                json::object(out, |members| {
                    members.members(|out| out.extend_from_slice(meta.as_bytes()));
                });
            }));
        }
        let mut frame = Vec::new();
        write_notification(&mut frame, method, &params);
        let revision = connection.server.revision;
        let notification = OutgoingNotification { method: method.into(), frame, revision };
        connection.transport.notify(notification).await
    }
}

fn strings<K: Into<String>, V: Into<String>>(
    arguments: impl IntoIterator<Item = (K, V)>,
) -> BTreeMap<String, String> {
    arguments.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// Serialises parameters.
fn params_of(method: &str, params: &impl Serialize) -> Result<String, Error> {
    let params = object(params, &format!("the parameters of `{method}`"))?;
    Ok(params.unwrap_or_else(|| "{}".to_owned()))
}

/// Serialises a value that has to be an object; `None` for a unit.
fn object(value: &impl Serialize, what: &str) -> Result<Option<String>, Error> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::argument(format!("{what} cannot be written: {error}")))?;
    match text.as_bytes().first() {
        Some(b'{') => Ok(Some(text)),
        Some(b'n') => Ok(None),
        _ => Err(Error::argument(format!("{what} have to be a JSON object, got {text}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn arguments_are_objects() {
        let check = |value: Value, expected: Option<&str>| {
            assert_eq!(object(&value, "they").unwrap().as_deref(), expected);
        };
        check(json!({ "a": 1 }), Some(r#"{"a":1}"#));
        check(json!(null), None);
        assert_eq!(object(&(), "they").unwrap(), None);
        assert!(object(&[1], "they").is_err());
    }
}

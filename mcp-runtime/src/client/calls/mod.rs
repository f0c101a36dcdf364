//! What can be asked of a server.

mod call;
mod pages;

use std::collections::BTreeMap;
use std::fmt::Display;

use mcp_core::method::Method;
use mcp_core::protocol::{
    CallToolResult, CompleteParams, CompleteResult, Completion, CompletionArgument,
    CompletionContext, CompletionReference, GetPromptParams, GetPromptResult, InputResponses, Meta,
    Prompt, ReadResourceResult, Resource, ResourceTemplate, Tool,
};
use mcp_core::revision::write_notification;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::value::RawValue;

use super::connect::json;
use super::core::{Client, Options};
use super::error::Error;
use super::exchange::with_member;
use super::rounds::{Answered, Continuation, completed};
use super::transport::Notice;

pub use call::{Call, CallEvent, CallEvents};
pub use pages::Pages;

/// No arguments, for [`Client::prompt`] and [`Client::complete`].
pub const NO_ARGUMENTS: [(&str, &str); 0] = [];

impl Client {
    /// The tools of the server, page by page. Where arguments are repeated in headers, tools that
    /// ask for that in a way that is not allowed are left out, with a warning.
    pub fn tools(&self) -> Pages<Tool> {
        Pages::new(self, Method::ToolsList, pages::learn_tool)
    }

    /// The resources of the server, page by page.
    pub fn resources(&self) -> Pages<Resource> {
        Pages::new(self, Method::ResourcesList, |_, _| Ok(()))
    }

    /// The resource templates of the server, page by page.
    pub fn templates(&self) -> Pages<ResourceTemplate> {
        Pages::new(self, Method::ResourcesTemplatesList, |_, _| Ok(()))
    }

    /// The prompts of the server, page by page.
    pub fn prompts(&self) -> Pages<Prompt> {
        Pages::new(self, Method::PromptsList, |_, _| Ok(()))
    }

    /// Calls a tool with arguments that are written as a JSON object, or `()` for none. Awaiting
    /// what is returned sends the request; before that it takes options.
    ///
    /// A tool that fails is a result whose `is_error` is set.
    ///
    /// # Errors
    /// [`Error::Remote`] if the server refuses the call, [`Error::Closed`] if the connection ends
    /// first, [`Error::Timeout`] if no answer comes in time, [`Error::Output`] if the structured
    /// content does not fit the output schema (with the feature `validate`, for tools that were
    /// listed).
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop.
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<CallToolResult> {
        let name = name.into();
        let params = object(&arguments, &format!("the arguments of `{name}`")).map(|arguments| {
            let named = format!(r#"{{"name":{}}}"#, json(&name));
            match arguments {
                Some(text) => with_member(&named, &format!(r#""arguments":{text}"#)),
                None => named,
            }
        });
        Call::new(self, Method::ToolsCall, name, params)
    }

    /// Calls a tool and reads what it returns as a type: its structured content, or where there is
    /// none, its text. `()` takes whatever it returns, and an `Option` is `None` where it returns
    /// nothing.
    ///
    /// # Errors
    /// As [`call`](Self::call), and [`Error::Tool`] if the tool fails, [`Error::Output`] if what it
    /// returns is not of the type.
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop.
    pub async fn call_as<T: DeserializeOwned>(
        &self,
        name: impl Into<String>,
        arguments: impl Serialize,
    ) -> Result<T, Error> {
        let name = name.into();
        let result = self.call(name.clone(), arguments).await?;
        read_as(&name, &result)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// As any request.
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop.
    pub fn read(&self, uri: impl Into<String>) -> Call<ReadResourceResult> {
        let uri = uri.into();
        let params = Ok(format!(r#"{{"uri":{}}}"#, json(&uri)));
        Call::new(self, Method::ResourcesRead, uri, params)
    }

    /// Renders a prompt with arguments, which are texts, or with [`NO_ARGUMENTS`].
    ///
    /// # Errors
    /// As any request.
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop.
    pub fn prompt<K: Into<String>, V: Into<String>>(
        &self,
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Call<GetPromptResult> {
        let name = name.into();
        let arguments: BTreeMap<String, String> =
            arguments.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut params = GetPromptParams::new(name.as_str());
        params.arguments = (!arguments.is_empty()).then_some(arguments);
        Call::new(self, Method::PromptsGet, name, Ok(json(&params)))
    }

    /// Asks what an argument that is being typed may become. `given` are the arguments that the
    /// user has filled in already, or [`NO_ARGUMENTS`].
    ///
    /// # Errors
    /// As any request.
    pub async fn complete<K: Into<String>, V: Into<String>>(
        &self,
        reference: CompletionReference,
        argument: impl Into<String>,
        typed: impl Into<String>,
        given: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Completion, Error> {
        let given: BTreeMap<String, String> =
            given.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let mut params = CompleteParams::new(reference, CompletionArgument::new(argument, typed));
        params.context = (!given.is_empty()).then(|| CompletionContext::new(given));
        let params = json(&params);
        let result = self.core.request(Method::Complete, &params, &mut Options::default()).await?;
        let result = completed(Method::Complete, result)?;
        let result: CompleteResult = read(Method::Complete, result.as_str())?;
        Ok(result.completion)
    }

    /// Goes on with a request that waited for input, which may have been made by another client
    /// of the same server.
    ///
    /// # Errors
    /// As any request, and [`Error::Argument`] if the continuation is of no request that can wait
    /// for input.
    pub async fn resume<T: DeserializeOwned>(
        &self,
        continuation: &Continuation,
        answers: &InputResponses,
    ) -> Result<Answered<T>, Error> {
        let method = continuation.method()?;
        let original = continuation.params.get();
        let attempt = continuation.with_answers(answers);
        let mut options = self.core.options_for(method, original);
        match self.core.by_hand(method, original, &attempt, &mut options).await? {
            Answered::Complete(result) => read(method, result.as_str()).map(Answered::Complete),
            Answered::InputRequired(continuation) => Ok(Answered::InputRequired(continuation)),
        }
    }

    /// Sends any request, such as one of an extension, whose parameters are an object, and reads
    /// its result as it comes: what the server asks back is not answered, nothing is kept, and a
    /// `serde_json::Value` has all of it, `_meta` included.
    ///
    /// # Errors
    /// As any request, and [`Error::Argument`] if the parameters are no object.
    ///
    /// # Cancel safety
    /// Dropping the future tells the server to stop.
    pub fn request<T>(&self, method: &str, params: impl Serialize) -> Call<T> {
        Call::plain(self, method, members(method, &params))
    }

    /// Sends a notification, such as one of an extension, whose parameters are an object. Nothing
    /// answers it, so a server that does not know it says nothing.
    ///
    /// # Errors
    /// [`Error::Argument`] if the parameters are no object, [`Error::Closed`] or
    /// [`Error::Transport`] if it cannot be sent.
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), Error> {
        let mut params = members(method, &params)?;
        let link = self.core.link().await?;
        let meta = self.core.meta(&link, &Meta::new(), None);
        if !meta.is_empty() {
            params = with_member(&params, &format!(r#""_meta":{{{meta}}}"#));
        }
        let mut frame = Vec::new();
        write_notification(&mut frame, method, &params);
        let revision = link.peer.revision;
        link.transport.notify(Notice { method: method.into(), frame, revision }).await
    }
}

/// Writes parameters.
fn members(method: &str, params: &impl Serialize) -> Result<String, Error> {
    let params = object(params, &format!("the parameters of `{method}`"))?;
    Ok(params.unwrap_or_else(|| "{}".to_owned()))
}

/// Writes a value that has to be an object; `None` for one that is nothing.
fn object(value: &impl Serialize, what: &str) -> Result<Option<String>, Error> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::Argument(format!("{what} cannot be written: {error}")))?;
    match text.as_bytes().first() {
        Some(b'{') => Ok(Some(text)),
        Some(b'n') => Ok(None),
        _ => Err(Error::Argument(format!("{what} have to be a JSON object, got {text}"))),
    }
}

/// Reads a result.
pub(crate) fn read<T: DeserializeOwned>(method: impl Display, result: &str) -> Result<T, Error> {
    serde_json::from_str(result).map_err(|error| {
        Error::protocol(format!(
            "expected the result of `{method}`, got {}: {error}",
            super::transport::excerpt(result)
        ))
    })
}

/// Reads what a tool returned as a type.
fn read_as<T: DeserializeOwned>(name: &str, result: &CallToolResult) -> Result<T, Error> {
    if result.is_error {
        return Err(Error::Tool { name: name.to_owned(), text: result.to_text() });
    }
    if let Ok(nothing) = T::deserialize(Nothing) {
        return Ok(nothing);
    }
    let output = |error: serde_json::Error| Error::Output {
        name: name.to_owned(),
        faults: vec![error.to_string()],
    };
    let Some(structured) = &result.structured_content else {
        if result.content.is_empty()
            && let Ok(absent) = serde_json::from_str("null")
        {
            return Ok(absent);
        }
        let text = result.to_text();
        // A text that is no JSON is itself the value.
        return serde_json::from_str(&text)
            .or_else(|error| serde_json::from_str(&json(&text)).map_err(|_| error))
            .map_err(output);
    };
    serde_json::from_str(structured.get())
        .or_else(|error| {
            // Before 2026-07-28, what is no object is wrapped in one.
            let wrapped = wrapped(structured).ok_or(error)?;
            serde_json::from_str(wrapped.get())
        })
        .map_err(output)
}

/// What `()` is read from, and no other type: who wants nothing takes every result.
struct Nothing;

impl<'de> Deserializer<'de> for Nothing {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("a value is wanted"))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

fn wrapped(structured: &RawValue) -> Option<Box<RawValue>> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(structured.get()).ok()?;
    let mut members = members.into_iter();
    let (name, value) = members.next()?;
    (name == "result" && members.next().is_none()).then_some(value)
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

    fn result(text: &str) -> CallToolResult {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn results_are_read_as_types() {
        assert_eq!(read_as::<i64>("t", &result(r#"{"structuredContent":5}"#)).unwrap(), 5);
        let wrapped = result(r#"{"structuredContent":{"result":5}}"#);
        assert_eq!(read_as::<i64>("t", &wrapped).unwrap(), 5);
        let text = result(r#"{"content":[{"type":"text","text":"Hello"}]}"#);
        assert_eq!(read_as::<String>("t", &text).unwrap(), "Hello");
        let number = result(r#"{"content":[{"type":"text","text":"5"}]}"#);
        assert_eq!(read_as::<i64>("t", &number).unwrap(), 5);
        assert!(matches!(read_as::<i64>("t", &text), Err(Error::Output { .. })));
        let empty = result(r#"{"content":[]}"#);
        assert_eq!(read_as::<Option<String>>("t", &empty).unwrap(), None);
        assert_eq!(read_as::<String>("t", &empty).unwrap(), "");
        for any in [&empty, &text, &wrapped] {
            read_as::<()>("t", any).unwrap();
        }
        let failed = result(r#"{"isError":true,"content":[{"type":"text","text":"no"}]}"#);
        assert!(
            matches!(read_as::<i64>("t", &failed), Err(Error::Tool { text, .. }) if text == "no")
        );
    }
}

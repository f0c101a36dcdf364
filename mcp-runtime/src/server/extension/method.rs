//! Request methods beyond the protocol: from parameters to a type, from a type to a result.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::revision::append_json;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::server::arguments::explain_error;
use crate::server::context::Context;
use crate::server::failure::told;
use crate::server::running::Members;

/// The answer to a request that is being made.
pub(in crate::server) type MethodFuture =
    Pin<Box<dyn Future<Output = Result<Members, ProtocolError>> + Send>>;

/// What answers the requests of a method; it is given the name of the method.
pub(in crate::server) type MethodHandler =
    Arc<dyn Fn(Context, Box<str>) -> MethodFuture + Send + Sync>;

/// Answers a request.
pub(in crate::server) fn run(handler: &MethodHandler, name: &str, cx: Context) -> MethodFuture {
    handler(cx, name.into())
}

/// A handler behind its types.
pub(super) fn handler<F, P, Running, R, E>(handler: F) -> MethodHandler
where
    F: Fn(Context, P) -> Running + Send + Sync + 'static,
    P: DeserializeOwned + 'static,
    Running: Future<Output = Result<R, E>> + Send + 'static,
    R: Serialize + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |cx, name| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let params = read(&cx, &name).map_err(ProtocolError::invalid_params)?;
            match handler(cx, params).await {
                Ok(result) => render(&name, &result),
                Err(error) => Err(refusal(error.into())),
            }
        })
    })
}

/// Reads the parameters of a message. `_meta` is the protocol's and not shown to the type.
///
/// # Errors
/// One sentence that says where they do not fit.
pub(super) fn read<P: DeserializeOwned>(cx: &Context, name: &str) -> Result<P, String> {
    let given = cx.params().map(own_members).unwrap_or_default();
    // A message without parameters fits types that read nothing as well as those without members.
    let json = if given == "{}" && serde_json::from_str::<P>("null").is_ok() {
        "null"
    } else if given.is_empty() {
        "{}"
    } else {
        &given
    };
    let mut reader = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let fault = explain_error(&error, json);
        let path = if fault.path == "arguments" { "params" } else { &fault.path };
        format!("{name}: `{path}`: {}", fault.what)
    })
}

fn own_members(params: Raw<'_>) -> String {
    let mut json = b"{".to_vec();
    for (key, value) in params.members().filter(|(key, _)| key != "_meta") {
        if json.len() > 1 {
            json.push(b',');
        }
        append_json(&mut json, &*key);
        json.push(b':');
        json.extend_from_slice(value.as_str().as_bytes());
    }
    json.push(b'}');
    String::from_utf8(json).unwrap_or_default()
}

/// The members of a result, with those set apart that the framework writes itself.
fn render<R: Serialize>(name: &str, result: &R) -> Result<Members, ProtocolError> {
    let json = serde_json::to_string(result).map_err(|error| {
        tracing::error!(method = name, %error, "a result cannot be written as JSON");
        failed()
    })?;
    if json == "null" {
        return Ok(Members::default());
    }
    let object = Raw::from_accepted(&json);
    if !object.is_object() {
        tracing::error!(method = name, "a result is not an object as JSON");
        return Err(failed());
    }
    let mut rendered = Members::default();
    let mut members = Vec::with_capacity(json.len());
    for (key, value) in object.members() {
        match &*key {
            "resultType" => rendered.result_type = value.string().map(Into::into),
            "_meta" => rendered.meta = without_braces(value.as_str()).into(),
            _ => {
                if !members.is_empty() {
                    members.push(b',');
                }
                append_json(&mut members, &*key);
                members.push(b':');
                members.extend_from_slice(value.as_str().as_bytes());
            }
        }
    }
    rendered.members = members.into();
    Ok(rendered)
}

fn without_braces(object: &str) -> &str {
    object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default()
}

fn failed() -> ProtocolError {
    ProtocolError::internal("the handler failed unexpectedly")
}

fn refusal(error: Box<dyn Error + Send + Sync>) -> ProtocolError {
    match error.downcast::<ProtocolError>() {
        Ok(error) => *error,
        Err(error) => ProtocolError::internal(told(error.as_ref())),
    }
}

//! Request methods beyond the protocol: from parameters to a type, from a type to a result.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::component::arguments::error::explain_error;
use crate::component::rendered::Rendered;
use crate::component::tool::failure::told;
use crate::context::handle::Context;
use crate::context::members::Members;

/// Future of a handler.
pub(crate) type MethodFuture = Pin<Box<dyn Future<Output = Result<Members, ProtocolError>> + Send>>;

/// Handler of the requests of a method. It receives the name of the method.
pub(crate) type MethodHandler = Arc<dyn Fn(Context, Box<str>) -> MethodFuture + Send + Sync>;

/// A handler behind its types.
pub(crate) fn handler<F, P, Running, R, E>(handler: F) -> MethodHandler
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

/// Deserializes the parameters of a message, without `_meta`.
///
/// # Errors
/// One sentence with the path of the member that does not fit.
pub(crate) fn read<P: DeserializeOwned>(cx: &Context, name: &str) -> Result<P, String> {
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
        let path = if fault.path.is_empty() { "params" } else { &fault.path };
        format!("{name}: `{path}`: {}", fault.what)
    })
}

fn own_members(params: Raw<'_>) -> String {
    json::object_string(|object| {
        for (key, value) in params.members().filter(|(key, _)| key != "_meta") {
            object.entry(&key).extend_from_slice(value.as_str().as_bytes());
        }
    })
}

fn render<R: Serialize>(name: &str, result: &R) -> Result<Members, ProtocolError> {
    let rendered = Rendered::of_cacheable(result).map_err(|why| {
        tracing::error!(method = name, why, "a result cannot be written as a JSON object");
        ProtocolError::internal("the handler failed unexpectedly")
    })?;
    let Rendered { members, meta, result_type, cache } = rendered;
    Ok(Members { members: members.into(), meta, result_type, cache, ..Members::default() })
}

fn refusal(error: Box<dyn Error + Send + Sync>) -> ProtocolError {
    match error.downcast::<ProtocolError>() {
        Ok(error) => *error,
        Err(error) => ProtocolError::internal(told(error.as_ref())).foreign(),
    }
}

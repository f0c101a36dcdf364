//! The request `resources/read`.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::Facts;
use serde_json::json;

use super::{Reader, find};
use crate::ask;
use crate::ask::retry::Retry;
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::handler::StartedHandler;
use crate::component::mount_scope;
use crate::component::strings::call::{StringCall, Values};
use crate::context::exchange::Exchange;
use crate::context::scope::Scope;
use crate::shorten::shorten_to;

/// The reader of the URI that a request names, and the values of its variables.
pub(crate) struct RequestedResource {
    pub(crate) reader: Reader,
    values: Values,
    pub(crate) uri: String,
}

/// Looks up the reader of the URI that a request names.
///
/// # Errors
/// `-32602` if the parameters are not those of the method, and the revision's code for a resource
/// that does not exist.
pub(crate) fn find(
    app: &Arc<App>,
    exchange: &Exchange,
) -> Result<RequestedResource, ProtocolError> {
    let uri = exchange.subject("uri")?.ok_or_else(|| {
        ProtocolError::invalid_params("resources/read: expected `uri`, a URI, as a string")
    })?;
    let uri = uri.into_owned();
    let registry = app.registry_for(exchange);
    match find::reader(&registry, &uri) {
        Some((reader, values)) => {
            ask::admit(app, exchange, Retry::of(exchange))?;
            Ok(RequestedResource { reader, values, uri })
        }
        None => {
            let nearest = find::nearest_to(&registry, &uri);
            let nearest = nearest.map(|uri| format!("did you mean `{uri}`?"));
            Err(unknown(exchange.facts(), &uri, nearest.as_deref()))
        }
    }
}

/// Starts to read a resource.
pub(crate) fn start(
    app: &Arc<App>,
    requested: RequestedResource,
    mut exchange: Exchange,
) -> StartedHandler {
    let RequestedResource { reader, values, uri } = requested;
    let facts = exchange.facts();
    mount_scope::enter(reader.mount_scope.as_ref(), &mut exchange);
    let call = StringCall {
        scope: Scope::new(app.clone(), exchange, None),
        subject: uri.clone(),
        signature: Arc::clone(&reader.signature),
        values,
    };
    let poll_budget = Arc::clone(&reader.poll_budget);
    let reading = (reader.handler)(call);
    let work = Box::pin(async move {
        let outcome = reading.await.map_err(|error| about(error, &uri))?;
        let members = outcome.into_members(&uri, reader.mime_type.as_deref(), reader.hint);
        members
            .map(HandlerOutput::Members)
            .map_err(|because| unknown(facts, &uri, because.as_deref()))
    });
    StartedHandler { work, poll_budget }
}

/// Adds the URI to an error that has no data of its own.
fn about(error: ProtocolError, uri: &str) -> ProtocolError {
    if error.data.is_some() { error } else { error.data(json!({ "uri": uri })) }
}

fn unknown(facts: &Facts, uri: &str, hint: Option<&str>) -> ProtocolError {
    let shown = shorten_to(uri, 128);
    let message = match hint {
        Some(hint) => format!("resource not found: {shown}; {hint}"),
        None => format!("resource not found: {shown}"),
    };
    ProtocolError::new(facts.unknown_resource, message).data(json!({ "uri": uri }))
}

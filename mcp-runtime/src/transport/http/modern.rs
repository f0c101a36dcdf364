//! Requests that stand alone: everything about them is in their body, and repeated in headers.

use http::StatusCode;
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw, Request};
use mcp_core::method::Method;

use super::answer::Answer;
use super::mirror;
use super::post::{Post, Step};
use super::service::Shared;
use crate::context::exchange::{Exchange, Parts};
use crate::server::dispatch::dispatch;
use crate::server::lifecycle;
use crate::server::lifecycle::stateless::{Admitted, RequestMeta};
use crate::server::running::Reply;

/// Serves a request that stands alone.
pub(super) fn request(
    shared: &Shared,
    post: &Post,
    request: &Request<'_>,
    meta: &RequestMeta<'_>,
) -> Step {
    let parts = Parts::of(&post.frame, request, meta);
    let admitted = match admit(post, request, &parts, meta) {
        Ok(admitted) => admitted,
        Err(error) => return Step::refuse(StatusCode::BAD_REQUEST, Some(parts.id()), &error),
    };
    if !post.accepts.events && parts.method().protocol() == Some(Method::Listen) {
        let error = ProtocolError::invalid_request(
            "subscriptions/listen: the header `Accept` does not admit text/event-stream",
        );
        return Step::refuse(StatusCode::NOT_ACCEPTABLE, Some(parts.id()), &error);
    }
    let (outlet, queue) = post.outlet();
    let exchange = Exchange::stateless(post.frame.clone(), parts, admitted, outlet, post.origin());
    if let Err(error) = compare_arguments(shared, post, request, &exchange) {
        return Step::refuse(StatusCode::BAD_REQUEST, Some(&exchange.id), &error);
    }
    match dispatch(&shared.app, exchange) {
        Reply::Ready(completed) => Step::answer(Answer::of_dispatch(&completed)),
        Reply::Running(running) => Step::Run(running, queue),
    }
}

/// Lets a request in, if its body says what it has to and its headers say the same.
///
/// The order is the protocol's: what is missing from the body, what headers say otherwise, a
/// revision that is not spoken. Of a revision that is not spoken, only the header that names it is
/// known.
fn admit(
    post: &Post,
    request: &Request<'_>,
    parts: &Parts,
    meta: &RequestMeta<'_>,
) -> Result<Admitted, ProtocolError> {
    let admitted = lifecycle::admit(meta);
    if let Err(error) = &admitted
        && error.code != ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
    {
        return admitted;
    }
    let version = meta.protocol_version.and_then(Raw::string).unwrap_or_default();
    mirror::version(&post.headers, &version)?;
    let admitted = admitted?;
    if admitted.revision.facts().standard_headers {
        compare(post, request, parts)?;
    }
    Ok(admitted)
}

/// Compares the headers of a request with its body.
fn compare(post: &Post, request: &Request<'_>, parts: &Parts) -> Result<(), ProtocolError> {
    mirror::method(&post.headers, &request.method)?;
    let Some(method) = parts.method().protocol() else { return Ok(()) };
    let Some(key) = mirror::named_by(method) else { return Ok(()) };
    let named = request.params.and_then(|params| params.member(key)).and_then(Raw::string);
    mirror::name(&post.headers, named.as_deref())
}

/// Compares headers with the arguments that they repeat, where a tool of the sender's is called.
fn compare_arguments(
    shared: &Shared,
    post: &Post,
    request: &Request<'_>,
    exchange: &Exchange,
) -> Result<(), ProtocolError> {
    let calls = exchange.method.protocol() == Some(Method::ToolsCall);
    if !calls || !exchange.facts().standard_headers {
        return Ok(());
    }
    let named = request.params.and_then(|params| params.member("name")).and_then(Raw::string);
    let Some(name) = named else { return Ok(()) };
    match shared.app.registry_for(exchange).tools.get(&name) {
        Some(tool) if !tool.headers.is_empty() => {
            let arguments = request.params.and_then(|params| params.member("arguments"));
            mirror::arguments(&post.headers, &tool.headers, arguments)
        }
        _ => Ok(()),
    }
}

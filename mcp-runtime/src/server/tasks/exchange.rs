//! The call of a task as a request that can be carried out again.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::json;
use mcp_core::jsonrpc::{Frame, Message, ProtocolError, Raw, decode};
use mcp_core::method::Method;
use mcp_core::revision::{Revision, write_request};

use super::record::{StoredCall, TaskState};
use super::sink::TaskSink;
use crate::component::app::App;
use crate::context::exchange::{Exchange, Origin, Parts};
use crate::context::principal::Principal;
use crate::context::request_meta::Admitted;
use crate::context::session::Session;

/// Makes the request of a task. Its progress token is ours, because the progress is part of the task.
///
/// # Errors
/// If the stored call is not one that this program can carry out.
pub(super) fn exchange(
    app: &Arc<App>,
    state: &TaskState,
    call: StoredCall,
    sink: TaskSink,
) -> Result<Exchange, ProtocolError> {
    let revision = Revision::ALL.iter().copied().find(|it| it.as_str() == call.revision);
    let revision = revision.ok_or_else(|| {
        ProtocolError::internal(format!("unknown revision of the protocol: {}", call.revision))
    })?;
    let frame = frame(state, &call);
    let Ok(Frame::Single(Message::Request(request))) = decode(&frame, app.limits) else {
        return Err(ProtocolError::internal("the stored call of the task cannot be read"));
    };
    let parts = Parts::of(&frame, &request);
    let principal = call.principal.map(|principal| Arc::new(Principal::from(principal)));
    let origin = Origin::of(principal);
    let sink = Arc::new(sink);
    let Some(client) = call.session else {
        let admitted = Admitted { revision, log_level: None };
        return Ok(Exchange::stateless(frame.clone(), parts, admitted, sink, origin));
    };
    let (feed, budget) = (&app.live.feed, Arc::clone(&app.memory));
    let session = Session::new(feed, budget, revision, client.info, client.capabilities);
    let session = session.map_err(|exceeded| exceeded.error())?;
    Ok(Exchange::in_session(frame.clone(), parts, Arc::new(session), sink, origin))
}

fn frame(state: &TaskState, call: &StoredCall) -> Bytes {
    let mut frame = Vec::with_capacity(512);
    write_request(&mut frame, &state.id, Method::ToolsCall.as_str(), |params| {
        json::object(params, |params| {
            params.value("name", &state.tool);
            if let Some(arguments) = &call.arguments {
                params.raw("arguments", arguments.get());
            }
            params.object("_meta", |meta| {
                meta.value("progressToken", &state.id);
                let given = call.meta.as_ref().map(|meta| Raw::from_accepted(meta.get()));
                for (key, value) in given.into_iter().flat_map(Raw::members) {
                    if key != "progressToken" {
                        meta.entry(&key).extend_from_slice(value.as_str().as_bytes());
                    }
                }
            });
        });
    });
    frame.into()
}

/// The progress token that the client gave, as JSON.
pub(super) fn progress_token(call: &StoredCall) -> Option<Box<str>> {
    let meta = Raw::from_accepted(call.meta.as_ref()?.get());
    meta.member("progressToken").map(|token| token.as_str().into())
}

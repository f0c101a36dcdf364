//! A POST, from the bytes of its body to its response.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use mcp_core::jsonrpc::{
    Frame, Message, Notification, ProtocolError, Refusal, Request, RequestId, decode,
};
use tokio::sync::oneshot;

use super::answer::{self, Answer, Source};
use super::batch::Gathering;
use super::headers::{Accepts, PROTOCOL_VERSION, VersionHeader, shown};
use super::queue::Queue;
use super::response::{self, HttpBody};
use super::service::Shared;
use super::session::HttpSession;
use super::stream::Stream;
use super::{legacy, modern};
use crate::component::extension::notification::{Notice, notice};
use crate::context::exchange::{MethodName, Origin};
use crate::context::handle::Principal;
use crate::context::outlet::SharedOutlet;
use crate::server::lifecycle;
use crate::server::lifecycle::stateless::RequestMeta;
use crate::server::running::Running;

/// A POST that has arrived.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) frame: Bytes,
    pub(super) headers: Arc<HeaderMap>,
    pub(super) principal: Option<Arc<Principal>>,
    pub(super) accepts: Accepts,
}

/// What comes of a message.
pub(super) enum Step {
    /// The response is there.
    Respond(Response<HttpBody>),
    /// A handler that stands alone has to run first.
    Run(Running, Arc<Queue>),
    /// A handler of a session has to run first.
    RunInSession(Running, Arc<HttpSession>, Arc<Stream>),
    /// What a notification sets going has to run first.
    Notice(Notice),
    /// Handlers of a session have to run first.
    RunBatch(Gathering, Vec<Running>, Arc<HttpSession>, Arc<Queue>),
}

impl Step {
    /// Ends with an error.
    pub(super) fn refuse(
        status: StatusCode,
        id: Option<&RequestId>,
        error: &ProtocolError,
    ) -> Self {
        Self::Respond(response::error(status, id, error))
    }

    /// Ends with an answer.
    pub(super) fn answer(answer: Answer) -> Self {
        Self::Respond(response::json(answer.status, answer.json))
    }

    /// Ends with the news that the message was taken.
    pub(super) fn accepted() -> Self {
        Self::Respond(response::empty(StatusCode::ACCEPTED))
    }
}

impl Post {
    /// The way from a handler to the client, and where what goes it is fetched.
    pub(super) fn outlet(&self) -> (SharedOutlet, Arc<Queue>) {
        let queue = Arc::new(Queue::default());
        if !self.accepts.events {
            // Nobody would read it.
            queue.close();
        }
        (queue.clone(), queue)
    }

    /// A way to the client where there is none.
    pub(super) fn nowhere() -> SharedOutlet {
        let queue = Queue::default();
        queue.close();
        Arc::new(queue)
    }

    /// What is known of the sender.
    pub(super) fn origin(&self) -> Origin {
        Origin { principal: self.principal.clone(), headers: Some(Arc::clone(&self.headers)) }
    }
}

/// Serves one message.
pub(super) async fn receive(shared: &Shared, post: Post) -> Response<HttpBody> {
    let (source, queue) = match read(shared, &post) {
        Step::Respond(response) => return response,
        Step::Run(running, queue) => (Source::Here(running), queue),
        Step::Notice(notice) => {
            notice.await;
            return response::empty(StatusCode::ACCEPTED);
        }
        Step::RunInSession(running, session, stream) => {
            return session.respond(running, stream, shared.config.keep_alive).await;
        }
        Step::RunBatch(mut gathering, runnings, session, queue) => {
            for running in runnings {
                let (answer, answered) = oneshot::channel();
                // The client may have gone; the handler has done its work all the same.
                let deliver = move |made| drop(answer.send(made));
                match session.run(running, deliver).await {
                    Some(answer) => gathering.add(&answer),
                    None => gathering.wait_for(answered),
                }
            }
            (Source::Batch(gathering), queue)
        }
    };
    answer::respond(source, queue, post.accepts, shared.config.keep_alive).await
}

fn read(shared: &Shared, post: &Post) -> Step {
    let version = VersionHeader::read(&post.headers);
    match decode(&post.frame, shared.app.limits) {
        Ok(Frame::Single(Message::Request(request))) => {
            request_step(shared, post, version, &request)
        }
        Ok(Frame::Single(Message::Notification(notification))) => {
            let meta = RequestMeta::read(notification.params);
            if is_stateless(version, &meta) {
                stateless_notification(shared, post, version, &notification)
            } else {
                legacy::notification(shared, post, &notification)
            }
        }
        Ok(Frame::Single(Message::Response(_))) if version == VersionHeader::Stateless => {
            let error = ProtocolError::invalid_request("this revision has no responses of clients");
            Step::refuse(StatusCode::BAD_REQUEST, None, &error)
        }
        Ok(Frame::Single(Message::Response(response))) => legacy::response(shared, post, &response),
        Ok(Frame::Batch(array)) => legacy::batch(shared, post, version, array),
        Err(Refusal { id, error, .. }) => {
            let id = id.map(|id| id.to_owned());
            Step::refuse(StatusCode::BAD_REQUEST, id.as_ref(), &error)
        }
    }
}

fn request_step(
    shared: &Shared,
    post: &Post,
    version: VersionHeader,
    request: &Request<'_>,
) -> Step {
    let meta = RequestMeta::read(request.params);
    if is_stateless(version, &meta) {
        modern::request(shared, post, request, &meta)
    } else {
        legacy::request(shared, post, request, &meta)
    }
}

/// Whether a message stands alone: it says so itself, or its header names a revision in which
/// there is nothing else.
fn is_stateless(version: VersionHeader, meta: &RequestMeta<'_>) -> bool {
    meta.is_stateless() || version == VersionHeader::Stateless
}

/// No notification of the protocol means anything over HTTP in the modern era: to cancel a
/// request, its response is closed. What an extension adds is handled before the response.
fn stateless_notification(
    shared: &Shared,
    post: &Post,
    version: VersionHeader,
    notification: &Notification<'_>,
) -> Step {
    let named = shown(&post.headers, PROTOCOL_VERSION.clone());
    if version == VersionHeader::Stateless && mcp_core::revision::Revision::parse(&named).is_none()
    {
        let error = lifecycle::unsupported(&named);
        return Step::refuse(StatusCode::BAD_REQUEST, None, &error);
    }
    let outlet = Post::nowhere();
    let method = MethodName::parse(&notification.method);
    match notice(&shared.app, &post.frame, &method, notification, None, outlet, post.origin()) {
        Some(notice) => Step::Notice(notice),
        None => {
            tracing::debug!(method = %notification.method, "a notification is ignored");
            Step::accepted()
        }
    }
}

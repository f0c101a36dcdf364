//! Notifications beyond the protocol.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use bytes::Bytes;
use mcp_core::jsonrpc::Notification;
use serde::de::DeserializeOwned;

use super::method::read;
use crate::context::exchange::{Exchange, MethodName, Origin, Parts};
use crate::context::handle::Context;
use crate::context::outlet::SharedOutlet;
use crate::context::session::Session;
use crate::server::app::App;
use crate::server::lifecycle;
use crate::server::lifecycle::stateless::RequestMeta;

type NoticeFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What takes in the notifications of a method; it is given the name of the method.
pub(crate) type NotificationHandler = Arc<dyn Fn(Context, Box<str>) -> NoticeFuture + Send + Sync>;

/// A handler behind its type.
pub(crate) fn handler<F, P, Running>(handler: F) -> NotificationHandler
where
    F: Fn(Context, P) -> Running + Send + Sync + 'static,
    P: DeserializeOwned + 'static,
    Running: Future<Output = ()> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |cx, name| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let params = match read(&cx, &name) {
                Ok(params) => params,
                Err(fault) => {
                    tracing::debug!(fault, "a notification is ignored");
                    return;
                }
            };
            handler(cx, params).await;
        })
    })
}

/// A notification on its way through its handler. A panic ends it and nothing else.
pub(crate) struct Notice {
    handling: NoticeFuture,
    span: tracing::Span,
}

/// What a notification sets going; nothing if nobody handles it or it may not be sent here.
///
/// It is of this session, unless it says by itself under which revision it was sent.
pub(crate) fn notice(
    app: &Arc<App>,
    frame: &Bytes,
    method: &MethodName,
    notification: &Notification<'_>,
    session: Option<&Arc<Session>>,
    outlet: SharedOutlet,
    origin: Origin,
) -> Option<Notice> {
    let MethodName::Extension(name) = method else { return None };
    let handler = app.extensions.notifications.get(&**name)?;
    let meta = RequestMeta::read(notification.params);
    let parts = Parts::of_notification(frame, method.clone(), notification, &meta);
    let mut exchange = if meta.is_stateless() {
        let admitted = lifecycle::admit(&meta)
            .inspect_err(
                |error| tracing::debug!(%error, method = &**name, "a notification is ignored"),
            )
            .ok()?;
        Exchange::stateless(frame.clone(), parts, admitted, outlet, origin)
    } else {
        Exchange::in_session(frame.clone(), parts, Arc::clone(session?), outlet, origin)
    };
    exchange.home.clone_from(&handler.home);
    let span = tracing::info_span!("notification", method = &**name, revision = %exchange.revision);
    let handling =
        (handler.handle)(Context::new(Arc::clone(app), exchange, None), (&**name).into());
    Some(Notice { handling, span })
}

impl Future for Notice {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let handling = &mut this.handling;
        let poll = AssertUnwindSafe(|| handling.as_mut().poll(cx));
        this.span.in_scope(|| {
            catch_unwind(poll).unwrap_or_else(|_| {
                tracing::error!("the handler of a notification panicked");
                Poll::Ready(())
            })
        })
    }
}

//! Notifications beyond the protocol.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use serde::de::DeserializeOwned;

use super::Handler;
use super::method::read;
use crate::component::mount_scope;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;
use crate::context::host::Host;

type NotificationFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Handler of the notifications of a method. It receives the name of the method.
pub(crate) type NotificationHandler =
    Arc<dyn Fn(Context, Box<str>) -> NotificationFuture + Send + Sync>;

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

/// Handler of a notification in progress. A panic ends it and nothing else.
pub(crate) struct RunningNotification {
    handling: NotificationFuture,
    span: tracing::Span,
    /// Length of the message.
    length: usize,
}

impl RunningNotification {
    /// Starts a handler.
    pub(crate) fn new(
        host: Arc<dyn Host>,
        handler: &Handler<NotificationHandler>,
        mut exchange: Exchange,
    ) -> Self {
        mount_scope::enter(handler.mount_scope.as_ref(), &mut exchange);
        let (method, revision) = (exchange.method.as_str(), exchange.revision);
        let span = tracing::info_span!("notification", method, %revision);
        let (name, length) = (method.into(), exchange.frame.len());
        let handling = (handler.handle)(Context::new(host, exchange, None), name);
        Self { handling, span, length }
    }

    /// Length of the message, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Future for RunningNotification {
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

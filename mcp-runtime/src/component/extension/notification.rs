//! Notifications beyond the protocol.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use serde::de::DeserializeOwned;

use super::method::read;
use crate::context::handle::Context;

pub(crate) type NoticeFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

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

impl Notice {
    pub(crate) fn new(handling: NoticeFuture, span: tracing::Span) -> Self {
        Self { handling, span }
    }
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

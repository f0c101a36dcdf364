//! Notifications of extensions, from a message to its handler.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::Notification;

use super::lifecycle;
use crate::component::app::App;
use crate::component::extension::notification::Notice;
use crate::component::mount_scope;
use crate::context::exchange::{Exchange, MethodName, Origin, Parts};
use crate::context::handle::Context;
use crate::context::request_meta::RequestMeta;
use crate::context::session::Session;
use crate::context::sink::SharedSink;

/// Starts the handler of a notification; `None` if there is none, or it may not be sent here.
///
/// It is of this session, unless it says by itself under which revision it was sent.
pub(crate) fn notice(
    app: &Arc<App>,
    frame: &Bytes,
    method: &MethodName,
    notification: &Notification<'_>,
    session: Option<&Arc<Session>>,
    sink: SharedSink,
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
        Exchange::stateless(frame.clone(), parts, admitted, sink, origin)
    } else {
        Exchange::in_session(frame.clone(), parts, Arc::clone(session?), sink, origin)
    };
    mount_scope::enter(handler.mount_scope.as_ref(), &mut exchange);
    let span = tracing::info_span!("notification", method = &**name, revision = %exchange.revision);
    let handling = (handler.handle)(Context::new(app.clone(), exchange, None), (&**name).into());
    Some(Notice::new(handling, span))
}

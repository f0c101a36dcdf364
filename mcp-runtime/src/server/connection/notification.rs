//! Notifications: cancellation, changed roots, and those of extensions.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{Notification, Raw};
use mcp_core::method::Method;

use super::{Action, Connection, Delivery, Reason, Step, Unclaimed};
use crate::component::extension::notification::RunningNotification;
use crate::context::exchange::{Exchange, MethodName, Parts};
use crate::context::request_meta::{RequestMeta, meta_of};
use crate::server::lifecycle;

/// A notification and what was read from it.
struct Received<'a> {
    frame: &'a Bytes,
    notification: &'a Notification<'a>,
    method: MethodName,
    meta: RequestMeta<'a>,
}

impl<'a> Received<'a> {
    fn new(frame: &'a Bytes, notification: &'a Notification<'a>) -> Self {
        let method = MethodName::parse(&notification.method);
        Self { frame, notification, method, meta: meta_of(notification.params) }
    }
}

/// Receives a notification.
pub(super) fn receive<D: Delivery>(
    delivery: &mut D,
    frame: &Bytes,
    notification: &Notification<'_>,
) -> Action {
    let received = Received::new(frame, notification);
    if !delivery.stands_alone() && !received.meta.is_stateless() {
        return Action::Step(in_session(delivery, &received));
    }
    if let Err(reason) = delivery.check_notification() {
        return Action::Step(Step::refuse(None, reason));
    }
    if let Some(connection) = delivery.shared_connection().cloned() {
        handle(delivery, &received, &connection);
        return Action::Step(Step::Done);
    }
    // A POST that stands alone has no request to cancel, and no session.
    match of_extension(delivery, &received, None) {
        Some(notice) => Action::Notify(notice),
        None => Action::Step(Step::Done),
    }
}

/// Receives a notification of an array.
pub(super) fn entry<D: Delivery>(
    delivery: &mut D,
    frame: &Bytes,
    notification: &Notification<'_>,
) -> Step {
    in_session(delivery, &Received::new(frame, notification))
}

fn in_session<D: Delivery>(delivery: &mut D, received: &Received<'_>) -> Step {
    let connection = match delivery.connection() {
        Ok(Some(connection)) => Arc::clone(connection),
        Ok(None) => return Step::refuse(None, Reason::NotOpened),
        Err(obstacle) => return Step::refuse(None, obstacle.into()),
    };
    handle(delivery, received, &connection);
    Step::Done
}

/// Handles a notification of a connection.
fn handle<D: Delivery>(delivery: &mut D, received: &Received<'_>, connection: &Connection) {
    match received.method.protocol() {
        Some(method) => {
            let params = received.notification.params;
            if let Some(unclaimed) = of_protocol(method, params, connection) {
                delivery.pass_on(unclaimed);
            }
        }
        None => {
            if let Some(notice) = of_extension(delivery, received, Some(connection)) {
                connection.inbox.put(notice);
            }
        }
    }
}

/// Handles a notification of the protocol. Returns what concerns other instances of the server.
fn of_protocol(
    method: Method,
    params: Option<Raw<'_>>,
    connection: &Connection,
) -> Option<Unclaimed> {
    match method {
        Method::Cancelled => return connection.cancel(params).map(Unclaimed::Cancelled),
        Method::RootsListChanged => {
            let session = connection.session()?;
            session.roots.forget();
            return Some(Unclaimed::RootsChanged);
        }
        // The server waits for neither.
        Method::Initialized | Method::Progress => {}
        // Sent by servers, or requests.
        Method::LogMessage
        | Method::ToolsListChanged
        | Method::ResourcesListChanged
        | Method::ResourceUpdated
        | Method::PromptsListChanged
        | Method::ElicitationComplete
        | Method::SubscriptionsAcknowledged
        | Method::TaskStatus
        | Method::CoreTaskStatus
        | Method::Initialize
        | Method::Ping
        | Method::Discover
        | Method::ToolsList
        | Method::ToolsCall
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::ResourcesRead
        | Method::ResourcesSubscribe
        | Method::ResourcesUnsubscribe
        | Method::PromptsList
        | Method::PromptsGet
        | Method::Complete
        | Method::SetLevel
        | Method::Listen
        | Method::CreateMessage
        | Method::Elicit
        | Method::RootsList
        | Method::TasksGet
        | Method::TasksUpdate
        | Method::TasksCancel
        | Method::TasksResult
        | Method::TasksList => tracing::debug!(%method, "a notification is ignored"),
    }
    None
}

/// Starts the handler of an extension's notification; `None` if it has none or is not admitted.
fn of_extension<D: Delivery>(
    delivery: &D,
    received: &Received<'_>,
    connection: Option<&Connection>,
) -> Option<RunningNotification> {
    let Received { frame, notification, method, meta } = received;
    let app = delivery.app();
    let MethodName::Extension(name) = method else { return None };
    let Some(handler) = app.extensions.notification(name) else {
        tracing::debug!(method = &**name, "a notification is ignored");
        return None;
    };
    let parts = Parts::of_notification(frame, method.clone(), notification, meta);
    let (frame, sink) = (Bytes::clone(frame), delivery.notification_sink());
    let exchange = if meta.is_stateless() {
        let admitted = lifecycle::admit(meta)
            .inspect_err(|error| tracing::debug!(%error, "a notification is ignored"))
            .ok()?;
        Exchange::stateless(frame, parts, admitted, sink, delivery.origin())
    } else {
        let session = Arc::clone(connection?.session()?);
        Exchange::in_session(frame, parts, session, sink, delivery.origin())
    };
    Some(RunningNotification::new(app.clone(), handler, exchange))
}

//! Status notifications for the session in which a task was created, if any process may run the task.

use std::sync::{Arc, Weak};

use mcp_core::method::Method;
use mcp_core::revision::notification;

use super::keys::Keys;
use super::methods::load;
use super::record::TaskState;
use super::wire;
use crate::component::app::App;
use crate::context::session::Session;

/// The state of a task as a notification of 2025-11-25.
pub(super) fn status(state: &TaskState) -> Vec<u8> {
    notification(Method::CoreTaskStatus.as_str(), |params| {
        params.members(|out| wire::write(out, state));
    })
}

/// Sends the changes of a task to the session of its client until the task has ended.
pub(super) async fn follow_for_session(app: Arc<App>, created: TaskState, session: Weak<Session>) {
    let id = &created.id;
    let _kept = app.live.tasks.keep_session(id, session.clone());
    let mut changes = match app.store.subscribe(&Keys(id).topic()).await {
        Ok(changes) => changes,
        Err(error) => {
            tracing::warn!(task = id, error = %error.report(), "a task cannot be followed");
            return;
        }
    };
    let mut sent = status(&created);
    loop {
        let Ok(Some(found)) = load(&app, id).await else { return };
        let Some(session) = session.upgrade() else { return };
        let status = status(&found.state);
        if status != sent {
            session.post(status.clone());
            sent = status;
        }
        drop(session);
        if found.state.status.is_terminal() {
            return;
        }
        tokio::select! {
            message = changes.next() => if message.is_none() { return },
            () = app.closing.cancelled() => return,
        }
    }
}

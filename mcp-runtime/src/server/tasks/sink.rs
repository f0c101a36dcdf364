//! The messages of a running task.

use std::sync::Weak;
use std::task::{Context, Poll};

use mcp_core::jsonrpc::{Frame, Limits, Message, Raw, decode};
use mcp_core::method::Method;
use mcp_core::revision::notification;
use tokio::sync::watch;

use crate::context::session::Session;
use crate::context::sink::NotificationSink;

/// Key in `_meta` of what belongs to a task of 2025-11-25.
pub(super) const RELATED_TASK: &str = "io.modelcontextprotocol/related-task";

/// Receives the messages of a running task: its progress becomes the message of its status, and goes to
/// the session that the task was created in. Log messages have no receiver.
pub(super) struct TaskSink {
    pub(super) id: String,
    /// Last progress, in words.
    pub(super) status: watch::Sender<Option<String>>,
    /// Session of the client, and the progress token of its call.
    pub(super) session: Option<(Weak<Session>, Box<str>)>,
}

impl TaskSink {
    fn receive(&self, message: &[u8]) -> Option<()> {
        let frame = bytes::Bytes::copy_from_slice(message);
        let Ok(Frame::Single(Message::Notification(notice))) = decode(&frame, Limits::default())
        else {
            return None;
        };
        if notice.method != Method::Progress.as_str() {
            return None;
        }
        let params = notice.params?;
        let number = |key: &str| params.member(key).map(Raw::as_str);
        let text = match (params.member("message").and_then(Raw::string), number("total")) {
            (Some(message), _) => message.into_owned(),
            (None, Some(total)) => format!("{} of {total}", number("progress")?),
            (None, None) => number("progress")?.to_owned(),
        };
        self.status.send_replace(Some(text));
        let (session, token) = self.session.as_ref()?;
        session.upgrade()?.post(notification(Method::Progress.as_str(), |forwarded| {
            forwarded.raw("progressToken", token);
            for (key, value) in params.members().filter(|(key, _)| key != "progressToken") {
                forwarded.entry(&key).extend_from_slice(value.as_str().as_bytes());
            }
            forwarded.object("_meta", |meta| {
                meta.object(RELATED_TASK, |task| task.value("taskId", &self.id));
            });
        }));
        Some(())
    }
}

impl NotificationSink for TaskSink {
    fn notify(&self, message: Vec<u8>) -> bool {
        self.receive(&message);
        true
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        self.notify(message)
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

//! The point of a call at which it becomes a task: behind its arguments and the answers to their questions,
//! before its body.

use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use mcp_core::jsonrpc::ProtocolError;

use super::Asking;
use super::journal::JournalSnapshot;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;
use crate::context::host::Host;
use crate::context::members::Members;

/// Creates a task with the answers that the call has, and returns the result that names it.
pub(crate) type BecomeTask = Box<
    dyn FnOnce(
            JournalSnapshot,
        ) -> Pin<Box<dyn Future<Output = Result<Members, ProtocolError>> + Send>>
        + Send,
>;

/// Lets a call become a task before its body.
pub(crate) fn before_body(host: &Arc<impl Host>, exchange: &Exchange, become_task: BecomeTask) {
    let asking = Asking::get_or_init(exchange, || Asking::of(host.clone(), exchange));
    let mut slot = asking.become_task.lock().unwrap_or_else(PoisonError::into_inner);
    *slot = Some(become_task);
}

impl Context {
    /// Goes on to the body of the handler, unless the call becomes a task. Then it never returns.
    pub(crate) async fn begin_body(&self) {
        let exchange = self.exchange();
        if exchange.question_slot().get().is_none() {
            return;
        }
        let asking = self.asking();
        let become_task = asking.become_task.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(become_task) = become_task else { return };
        let outcome = become_task(asking.journal.snapshot()).await;
        asking.end_with(outcome);
        exchange.channel.handler().wake();
        std::future::pending().await
    }
}

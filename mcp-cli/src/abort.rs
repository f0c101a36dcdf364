//! The end of a command for a reason that arises outside of it, such as a question without an answer, and
//! the orderly end of its connections.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mcp_runtime::client::{Client, Task};
use tokio::sync::SetOnce;

use crate::exit::Failure;

/// Longest time that the connections may take to end.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time that a server may take to answer after its requests were cancelled.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static REASON: SetOnce<Failure> = SetOnce::const_new();

static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());

/// A connection or task that is open at a server.
enum Open {
    Client(Client),
    Task(Task),
}

/// Ends the command. Its requests are cancelled. The first reason counts.
pub(crate) fn abort(reason: Failure) {
    // A second reason changes nothing.
    let _ = REASON.set(reason);
}

/// Waits for a reason to end the command.
pub(crate) async fn aborted() -> Failure {
    REASON.wait().await.clone()
}

/// `true` if the command itself ends at the next Ctrl-C.
static HANDLES_INTERRUPT: AtomicBool = AtomicBool::new(false);

/// Waits for Ctrl-C, which does not end the command. A second one does.
pub(crate) async fn interrupt() {
    HANDLES_INTERRUPT.store(true, Ordering::Relaxed);
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits for a Ctrl-C that ends the program. Without a way to hear of it, the system ends the program.
pub(crate) async fn interrupted() {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if !HANDLES_INTERRUPT.swap(false, Ordering::Relaxed) {
            return;
        }
    }
}

/// Notes a connection, which is closed if the command fails.
pub(crate) fn opened(client: &Client) {
    add(Open::Client(client.clone()));
}

/// Notes a task, which is cancelled if the command is.
pub(crate) fn started(task: &Task) {
    add(Open::Task(task.clone()));
}

fn add(open: Open) {
    let mut all = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|it| !matches!(it, Open::Client(client) if client.is_closed()));
    all.push(open);
}

/// Cancels the tasks and closes the connections of a command that did not reach its end.
pub(crate) async fn close_all() {
    let all = std::mem::take(&mut *OPEN.lock().unwrap_or_else(PoisonError::into_inner));
    let closing = async {
        for open in all.iter().rev() {
            match open {
                // The server may not support it, or be gone.
                Open::Task(task) => drop(task.cancel().await),
                Open::Client(client) => {
                    // Cancellations are queued, and closing drops what is queued. An answer proves that
                    // they have been written.
                    let _ = tokio::time::timeout(FLUSH_TIMEOUT, client.ping()).await;
                    client.close().await;
                }
            }
        }
    };
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
}

//! The end of a connection.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::client::error::Error;

/// The reason for which a connection ended, once it has.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    reason: Mutex<Option<Error>>,
    is_set: Notify,
}

impl Ending {
    /// Returns the reason, once there is one.
    pub(crate) fn get(&self) -> Option<Error> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the reason. The first one stays.
    pub(crate) fn set(&self, reason: Error) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.is_set.notify_waiters();
    }

    /// Waits until there is a reason.
    pub(crate) async fn wait(&self) {
        loop {
            let is_set = self.is_set.notified();
            if self.get().is_some() {
                return;
            }
            is_set.await;
        }
    }
}

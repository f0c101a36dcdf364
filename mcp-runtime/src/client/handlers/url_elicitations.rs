//! URL elicitations that are pending, by the ids that servers gave them.
//!
//! Specification: [Completion notifications](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use serde::Deserialize;

/// Largest number of pending elicitations; beyond it the oldest are dropped.
const MAX_PENDING: usize = 256;

/// Longest id that is stored, in bytes.
const MAX_ID: usize = 1024;

/// Ids of the URL elicitations that have begun and not completed, the oldest first. Only these are
/// reported to the handler of completions.
#[derive(Debug, Default)]
pub(crate) struct PendingUrlElicitations(Mutex<VecDeque<String>>);

impl PendingUrlElicitations {
    fn ids(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an elicitation. One without an id cannot be reported as completed.
    pub(crate) fn begin(&self, id: Option<&str>) {
        let Some(id) = id.filter(|id| id.len() <= MAX_ID) else { return };
        let mut ids = self.ids();
        if ids.iter().any(|known| known == id) {
            return;
        }
        if ids.len() == MAX_PENDING {
            ids.pop_front();
        }
        ids.push_back(id.to_owned());
    }

    /// Adds the elicitations that a server requires before it accepts a request.
    pub(crate) fn begin_required(&self, error: &ProtocolError) {
        #[derive(Deserialize)]
        struct Data {
            elicitations: Vec<Required>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Required {
            elicitation_id: String,
        }
        if error.code != ErrorCode::URL_ELICITATION_REQUIRED {
            return;
        }
        let data = error.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok());
        for required in data.into_iter().flat_map(|data| data.elicitations) {
            self.begin(Some(&required.elicitation_id));
        }
    }

    /// Removes an elicitation that has completed. Returns `true` if it was pending.
    pub(crate) fn complete(&self, id: &str) -> bool {
        let mut ids = self.ids();
        let place = ids.iter().position(|known| known == id);
        place.and_then(|place| ids.remove(place)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_ID, MAX_PENDING, PendingUrlElicitations};

    #[test]
    fn an_elicitation_completes_once_and_few_are_stored() {
        let pending = PendingUrlElicitations::default();
        pending.begin(Some("a"));
        pending.begin(Some("a"));
        assert!(pending.complete("a") && !pending.complete("a"));
        pending.begin(Some(&"x".repeat(MAX_ID + 1)));
        pending.begin(None);
        assert!(pending.ids().is_empty());
        for number in 0..=MAX_PENDING {
            pending.begin(Some(&number.to_string()));
        }
        assert!(!pending.complete("0") && pending.complete("1"));
        assert_eq!(pending.ids().len(), MAX_PENDING - 1);
    }
}

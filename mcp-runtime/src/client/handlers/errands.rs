//! What users were sent to URLs for, by the ids that servers gave it.
//!
//! Specification: [Completion notifications](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#completion-notifications-for-url-mode-elicitation).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use serde::Deserialize;

/// How many are remembered; of more, the newest.
const MOST: usize = 256;

/// How long an id may be to be remembered, in bytes.
const LONGEST: usize = 1024;

/// The errands that have begun and not ended, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Errands(Mutex<VecDeque<String>>);

impl Errands {
    fn ids(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user is sent somewhere.
    pub(crate) fn begin(&self, id: Option<&str>) {
        let Some(id) = id.filter(|id| id.len() <= LONGEST) else { return };
        let mut ids = self.ids();
        if ids.iter().any(|known| known == id) {
            return;
        }
        if ids.len() == MOST {
            ids.pop_front();
        }
        ids.push_back(id.to_owned());
    }

    /// A server refuses a request until users have been somewhere.
    pub(crate) fn begin_those_of(&self, error: &ProtocolError) {
        #[derive(Deserialize)]
        struct Data {
            elicitations: Vec<Needed>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Needed {
            elicitation_id: String,
        }
        if error.code != ErrorCode::URL_ELICITATION_REQUIRED {
            return;
        }
        let data = error.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok());
        for needed in data.into_iter().flat_map(|data| data.elicitations) {
            self.begin(Some(&needed.elicitation_id));
        }
    }

    /// Somebody is back; whether it was known that they went.
    pub(crate) fn end(&self, id: &str) -> bool {
        let mut ids = self.ids();
        let place = ids.iter().position(|known| known == id);
        place.and_then(|place| ids.remove(place)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{Errands, LONGEST, MOST};

    #[test]
    fn an_errand_ends_once_and_few_are_remembered() {
        let errands = Errands::default();
        errands.begin(Some("a"));
        errands.begin(Some("a"));
        assert!(errands.end("a") && !errands.end("a"));
        errands.begin(Some(&"x".repeat(LONGEST + 1)));
        errands.begin(None);
        assert!(errands.ids().is_empty());
        for number in 0..=MOST {
            errands.begin(Some(&number.to_string()));
        }
        assert!(!errands.end("0") && errands.end("1"));
        assert_eq!(errands.ids().len(), MOST - 1);
    }
}

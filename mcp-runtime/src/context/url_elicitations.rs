//! URL elicitations that were sent, so that no other client is notified of their completion.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::session::Session;

/// Maximum number of elicitations that are kept. The oldest are forgotten.
const MAX_KEPT: usize = 4096;

/// URL elicitations whose ids handlers have chosen, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct UrlElicitations(Mutex<VecDeque<SentElicitation>>);

#[derive(Debug)]
struct SentElicitation {
    id: String,
    session: Weak<Session>,
    is_completed: bool,
}

impl UrlElicitations {
    fn sent(&self) -> MutexGuard<'_, VecDeque<SentElicitation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores that a session is sent an elicitation.
    pub(crate) fn begin(&self, id: &str, session: &Arc<Session>) {
        let mut sent = self.sent();
        let session = Arc::downgrade(session);
        // The same elicitation may be sent again, and be completed again.
        sent.retain(|known| known.id != id || !Weak::ptr_eq(&known.session, &session));
        if sent.len() == MAX_KEPT {
            sent.retain(|known| known.session.strong_count() > 0);
        }
        if sent.len() == MAX_KEPT {
            sent.pop_front();
        }
        sent.push_back(SentElicitation { id: id.to_owned(), session, is_completed: false });
    }

    /// Completes an elicitation of a session. Returns `false` if another client was sent it, or if it
    /// is completed already. One that is not known may have been sent by a handler in an error of its
    /// own.
    pub(crate) fn complete(&self, id: &str, session: &Arc<Session>) -> bool {
        let mut sent = self.sent();
        let session = Arc::downgrade(session);
        let mut is_known = false;
        for known in sent.iter_mut().filter(|known| known.id == id) {
            if Weak::ptr_eq(&known.session, &session) {
                return !std::mem::replace(&mut known.is_completed, true);
            }
            is_known = true;
        }
        !is_known
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::{ClientCapabilities, Implementation};
    use mcp_core::revision::Revision;

    use super::*;

    fn session() -> Arc<Session> {
        let (client, capabilities) = (Implementation::new("c", "1"), ClientCapabilities::default());
        let (feed, budget) = (Arc::default(), Arc::default());
        Arc::new(Session::new(&feed, budget, Revision::ALL[0], client, capabilities).unwrap())
    }

    #[test]
    fn an_elicitation_is_completed_once_by_its_own_client() {
        let (sent, one, other) = (UrlElicitations::default(), session(), session());
        sent.begin("a", &one);
        assert!(!sent.complete("a", &other));
        assert!(sent.complete("a", &one));
        assert!(!sent.complete("a", &one));
        sent.begin("a", &one);
        assert!(sent.complete("a", &one));
        // Both may have been sent one with the same id.
        sent.begin("b", &one);
        sent.begin("b", &other);
        assert!(sent.complete("b", &other) && sent.complete("b", &one));
        assert!(sent.complete("unknown", &one));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let (sent, one) = (UrlElicitations::default(), session());
        for number in 0..=MAX_KEPT {
            sent.begin(&number.to_string(), &one);
        }
        assert_eq!(sent.sent().len(), MAX_KEPT);
        drop(one);
        sent.begin("a", &session());
        assert_eq!(sent.sent().len(), 1);
    }
}

//! The legacy sessions of a server, by their ids, until they are ended or idle too long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::log::Kept;
use super::session::HttpSession;
use crate::context::principal::{Identity, Principal};
use crate::context::session::Session;

/// The sessions of a server.
pub(super) struct Store {
    sessions: Mutex<Sessions>,
    max_sessions: usize,
    idle_timeout: Duration,
    /// Bytes that the streams of all sessions keep.
    kept: Arc<Kept>,
}

struct Sessions {
    by_id: HashMap<SessionId, Arc<HttpSession>>,
    swept: Instant,
}

/// Id of a session: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SessionId(u128);

impl SessionId {
    fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }

    /// Parses an id: 32 hexadecimal digits in lower case.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let written = text.len() == 32 && text.iter().all(digit);
        let text = std::str::from_utf8(text).ok().filter(|_| written)?;
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Error for a session that was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenError {
    /// The limit is reached, and every session is in use.
    Full,
    /// The operating system returns no random numbers.
    NoRandomness,
}

impl Store {
    pub(super) fn new(max_sessions: usize, idle_timeout: Duration) -> Self {
        let sessions = Sessions { by_id: HashMap::new(), swept: Instant::now() };
        Self { sessions: Mutex::new(sessions), max_sessions, idle_timeout, kept: Arc::default() }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores a session under a new id.
    pub(super) fn open(
        &self,
        opened: Arc<Session>,
        principal: Option<&Principal>,
    ) -> Result<SessionId, OpenError> {
        let id = SessionId::random().map_err(|_| OpenError::NoRandomness)?;
        let mut sessions = self.sessions();
        if sessions.by_id.len() >= self.max_sessions
            || sessions.swept.elapsed() >= self.idle_timeout / 16
        {
            sessions.sweep(self.idle_timeout);
        }
        if sessions.by_id.len() >= self.max_sessions {
            // More than one, because finding them takes a search of all.
            let evicted = sessions.evictable(principal, 1 + self.max_sessions / 128);
            if evicted.is_empty() {
                return Err(OpenError::Full);
            }
            evicted.into_iter().for_each(|id| sessions.end(id));
        }
        let session = HttpSession::new(opened, principal, Arc::clone(&self.kept));
        sessions.by_id.insert(id, Arc::new(session));
        Ok(id)
    }

    /// Finds the session of an id, if it belongs to the principal, and renews its idle time.
    pub(super) fn find(
        &self,
        id: SessionId,
        principal: Option<&Principal>,
    ) -> Option<Arc<HttpSession>> {
        let mut sessions = self.sessions();
        let session = sessions.by_id.get(&id).filter(|session| session.belongs_to(principal))?;
        if session.is_expired(self.idle_timeout) {
            sessions.end(id);
            return None;
        }
        session.touch();
        Some(Arc::clone(session))
    }

    /// Ends the session of an id. Returns `false` if the principal has none.
    pub(super) fn end(&self, id: SessionId, principal: Option<&Principal>) -> bool {
        let found = self.find(id, principal).is_some();
        if found {
            self.sessions().end(id);
        }
        found
    }

    /// All sessions.
    pub(super) fn all(&self) -> Vec<Arc<HttpSession>> {
        self.sessions().by_id.values().cloned().collect()
    }

    /// Ends and returns all sessions.
    pub(super) fn end_all(&self) -> Vec<Arc<HttpSession>> {
        let sessions = std::mem::take(&mut self.sessions().by_id);
        sessions.into_values().inspect(|session| session.end()).collect()
    }
}

impl Sessions {
    fn end(&mut self, id: SessionId) {
        if let Some(session) = self.by_id.remove(&id) {
            session.end();
        }
    }

    /// Ends the sessions that have been idle too long.
    fn sweep(&mut self, idle_timeout: Duration) {
        self.swept = Instant::now();
        self.by_id.retain(|_, session| {
            let expired = session.is_expired(idle_timeout);
            if expired {
                session.end();
            }
            !expired
        });
    }

    /// Selects at most `count` sessions to end: those of the principal itself, or else those of the
    /// principal that has the most of them, the oldest first. So a flood of sessions ends its own.
    fn evictable(&self, principal: Option<&Principal>, count: usize) -> Vec<SessionId> {
        let mut by_owner: HashMap<Identity<'_>, Vec<(Instant, SessionId)>> = HashMap::new();
        for (id, session) in self.by_id.iter().filter(|(_, session)| session.is_evictable()) {
            let theirs = by_owner.entry(session.owner.identity()).or_default();
            theirs.push((session.last_attended(), *id));
        }
        let own = by_owner.remove(&principal.map(Principal::identity).unwrap_or_default());
        let most = || {
            let oldest = |theirs: &[(Instant, SessionId)]| theirs.iter().map(|(at, _)| *at).min();
            let rank = |theirs: &Vec<_>| (theirs.len(), std::cmp::Reverse(oldest(theirs)));
            by_owner.into_values().max_by_key(rank)
        };
        let mut evicted = own.or_else(most).unwrap_or_default();
        evicted.sort_unstable_by_key(|(last_attended, _)| *last_attended);
        evicted.into_iter().take(count).map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::jsonrpc::Raw;
    use tokio::time::advance;

    use super::*;
    use crate::server::lifecycle::open;

    const IDLE: Duration = Duration::from_secs(1800);

    fn session() -> Arc<Session> {
        let params = r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#;
        Arc::new(open(&Arc::default(), Arc::default(), Some(Raw::from_accepted(params))).unwrap())
    }

    fn opened(store: &Store, principal: Option<&Principal>) -> SessionId {
        store.open(session(), principal).unwrap()
    }

    #[test]
    fn ids_are_spelled_in_one_way() {
        let id = SessionId::random().unwrap();
        assert_eq!(SessionId::parse(id.to_string().as_bytes()), Some(id));
        for text in
            ["", "0", "+0000000000000000000000000000000", "0000000000000000000000000000000A"]
        {
            assert_eq!(SessionId::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(SessionId::parse(&[b'0'; 33]), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_session_ends_and_a_used_one_does_not() {
        let store = Store::new(10, IDLE);
        let (used, unused) = (opened(&store, None), opened(&store, None));
        advance(IDLE - Duration::from_secs(1)).await;
        assert!(store.find(used, None).is_some());
        advance(Duration::from_secs(1)).await;
        assert!(store.find(used, None).is_some());
        assert!(store.find(unused, None).is_none());
        advance(IDLE).await;
        opened(&store, None);
        assert_eq!(store.sessions().by_id.len(), 1, "opening one sweeps the others");
    }

    #[tokio::test]
    async fn a_session_is_its_principals() {
        let store = Store::new(10, IDLE);
        let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
        let id = opened(&store, Some(&ann));
        assert!(store.find(id, Some(&bob)).is_none());
        assert!(store.find(id, None).is_none());
        assert!(!store.end(id, Some(&bob)));
        assert!(store.find(id, Some(&ann.clone().scoped(["more"]))).is_some());
        assert!(store.end(id, Some(&ann)));
        assert!(store.find(id, Some(&ann)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_ends_its_own_sessions() {
        let store = Store::new(4, IDLE);
        let (ann, flood) = (Principal::new("ann"), Principal::new("flood"));
        let of_ann = opened(&store, Some(&ann));
        let mut flooded = Vec::new();
        for _ in 0..20 {
            advance(Duration::from_millis(1)).await;
            flooded.push(opened(&store, Some(&flood)));
        }
        assert!(store.find(of_ann, Some(&ann)).is_some());
        let left: Vec<_> =
            flooded.iter().map(|id| store.find(*id, Some(&flood)).is_some()).collect();
        assert_eq!(left.iter().position(|found| *found), Some(17), "the newest are left");
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_made_for_several_at_once() {
        let store = Store::new(256, IDLE);
        let mut all = Vec::new();
        for _ in 0..257 {
            advance(Duration::from_millis(1)).await;
            all.push(opened(&store, None));
        }
        assert_eq!(store.sessions().by_id.len(), 256 - 3 + 1);
        let is_left: Vec<_> = all.iter().map(|id| store.find(*id, None).is_some()).collect();
        assert_eq!(is_left.iter().position(|found| *found), Some(3), "the oldest have gone");
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_is_listened_to_stays() {
        let store = Store::new(1, IDLE);
        let id = opened(&store, None);
        let found = store.find(id, None).unwrap();
        let app = crate::server::builder::Server::new("s", "1").build().unwrap();
        let stream =
            found.listen(&app, None, &Default::default(), &Default::default(), Default::default());
        advance(2 * IDLE).await;
        assert_eq!(store.open(session(), None), Err(OpenError::Full));
        drop(stream);
        assert!(store.find(id, None).is_some());
        advance(IDLE).await;
        assert!(store.open(session(), None).is_ok());
    }
}

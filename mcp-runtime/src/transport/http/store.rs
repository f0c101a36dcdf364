//! The legacy sessions of a server, by their ids, until they are ended or idle too long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::log::Kept;
use super::session::HttpSession;
use super::session_id::SessionId;
use super::stored::{StoredSessions, TakenUp};
use crate::component::app::App;
use crate::context::principal::{Identity, Owner, Principal};
use crate::context::session::Session;
use crate::server::connection::NoSession;

/// The sessions of a server.
pub(super) struct Store {
    sessions: Mutex<Sessions>,
    max_sessions: usize,
    idle_timeout: Duration,
    /// Bytes that the streams of all sessions keep.
    kept: Arc<Kept>,
    /// The sessions in the store of the server, if it outlives the process.
    pub(super) stored: Option<Arc<StoredSessions>>,
}

struct Sessions {
    by_id: HashMap<SessionId, Arc<HttpSession>>,
    swept: Instant,
}

/// Error for a session that was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenError {
    /// The limit is reached, and every session is in use.
    Full,
    /// The operating system returns no random numbers.
    NoRandomness,
    /// The store of sessions cannot be reached.
    StoreUnavailable,
}

impl Store {
    pub(super) fn new(
        max_sessions: usize,
        idle_timeout: Duration,
        stored: Option<Arc<StoredSessions>>,
    ) -> Self {
        let sessions = Mutex::new(Sessions { by_id: HashMap::new(), swept: Instant::now() });
        Self { sessions, max_sessions, idle_timeout, kept: Arc::default(), stored }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a session under a new id.
    pub(super) fn open(
        &self,
        opened: Arc<Session>,
        principal: Option<&Principal>,
    ) -> Result<SessionId, OpenError> {
        let id = SessionId::random().map_err(|_| OpenError::NoRandomness)?;
        let session = HttpSession::new(opened, Owner::of(principal), Arc::clone(&self.kept));
        self.insert(id, session, principal)?;
        Ok(id)
    }

    /// Keeps a session under a new id, and stores it.
    pub(super) async fn open_stored(
        &self,
        stored: &Arc<StoredSessions>,
        opened: Arc<Session>,
        principal: Option<&Principal>,
    ) -> Result<SessionId, OpenError> {
        let id = SessionId::random().map_err(|_| OpenError::NoRandomness)?;
        let owner = Owner::of(principal);
        let created = stored.create(id, &opened, owner.clone()).await;
        let part = created.map_err(|_| OpenError::StoreUnavailable)?;
        let session = HttpSession::new(opened, owner, Arc::clone(&self.kept)).part(part, false);
        self.insert(id, session, principal).inspect_err(|_| stored.remove_later(id))?;
        Ok(id)
    }

    /// Takes up the session of an id, if the store has it and this instance does not.
    ///
    /// # Errors
    /// [`NoSession`] if the store cannot be reached, or there is no room.
    pub(super) async fn take_up(
        &self,
        id: SessionId,
        principal: Option<&Principal>,
        app: &App,
    ) -> Result<(), NoSession> {
        let Some(stored) = &self.stored else { return Ok(()) };
        if self.serves(id) {
            return Ok(());
        }
        let heard = stored.heard();
        let owner = Owner::of(principal);
        let found = stored.take_up(id, &owner, app).await?;
        let Some(TakenUp { session: opened, part }) = found else { return Ok(()) };
        let kept = Arc::clone(&self.kept);
        let session = HttpSession::new(Arc::clone(&opened), owner, kept);
        let session = session.part(Arc::clone(&part), true);
        self.insert(id, session, principal).map_err(|_| NoSession::TooMany)?;
        // What was sent before the session was there has not reached it.
        if stored.heard() != heard && !part.reload(&opened).await? {
            self.drop_live(id);
        }
        Ok(())
    }

    /// Adds a session, unless it is there.
    fn insert(
        &self,
        id: SessionId,
        session: HttpSession,
        principal: Option<&Principal>,
    ) -> Result<(), OpenError> {
        let mut sessions = self.sessions();
        if sessions.by_id.len() >= self.max_sessions
            || sessions.swept.elapsed() >= self.idle_timeout / 16
        {
            sessions.sweep(self.idle_timeout);
        }
        if sessions.by_id.len() >= self.max_sessions {
            // More than one, because finding them takes a search of all.
            let count = 1 + self.max_sessions / 128;
            let mut evicted = sessions.droppable(count);
            if evicted.is_empty() {
                evicted = sessions.evictable(principal, count);
                let stored = self.stored.iter();
                stored.for_each(|stored| evicted.iter().for_each(|id| stored.remove_later(*id)));
            }
            if evicted.is_empty() {
                return Err(OpenError::Full);
            }
            evicted.into_iter().for_each(|id| sessions.end(id));
        }
        sessions.by_id.entry(id).or_insert_with(|| Arc::new(session));
        Ok(())
    }

    /// Returns `true` if this instance serves the session of an id, and it is not idle too long.
    fn serves(&self, id: SessionId) -> bool {
        let mut sessions = self.sessions();
        let Some(session) = sessions.by_id.get(&id) else { return false };
        // It may be in use elsewhere.
        let is_expired = session.is_expired(self.idle_timeout);
        if is_expired {
            sessions.end(id);
        }
        !is_expired
    }

    /// The session of an id, if this instance serves it.
    pub(super) fn live(&self, id: SessionId) -> Option<Arc<HttpSession>> {
        self.sessions().by_id.get(&id).cloned()
    }

    /// Ends the session of an id in this instance.
    pub(super) fn drop_live(&self, id: SessionId) {
        self.sessions().end(id);
    }

    /// Ids of all sessions that this instance serves.
    pub(super) fn ids(&self) -> Vec<SessionId> {
        self.sessions().by_id.keys().copied().collect()
    }

    /// Ids of the sessions that were used within a time, or are in use.
    pub(super) fn used_within(&self, time: Duration) -> Vec<SessionId> {
        let sessions = self.sessions();
        let used = sessions.by_id.iter().filter(|(_, session)| !session.is_expired(time));
        used.map(|(id, _)| *id).collect()
    }

    /// Ends the sessions that have been idle too long.
    pub(super) fn sweep(&self) {
        self.sessions().sweep(self.idle_timeout);
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

    /// Ends and returns all sessions. Those in the store go on elsewhere.
    pub(super) fn end_all(&self) -> Vec<Arc<HttpSession>> {
        let sessions = std::mem::take(&mut self.sessions().by_id);
        sessions.into_values().inspect(|session| session.hand_over()).collect()
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

    /// Selects at most `count` sessions that another instance has opened, so that they can be taken up
    /// again.
    fn droppable(&self, count: usize) -> Vec<SessionId> {
        let is_droppable = |session: &HttpSession| session.is_taken_up && session.is_evictable();
        let droppable = self.by_id.iter().filter(|(_, session)| is_droppable(session));
        droppable.take(count).map(|(id, _)| *id).collect()
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

    #[tokio::test(start_paused = true)]
    async fn an_idle_session_ends_and_a_used_one_does_not() {
        let store = Store::new(10, IDLE, None);
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
        let store = Store::new(10, IDLE, None);
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
        let store = Store::new(4, IDLE, None);
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
        let store = Store::new(256, IDLE, None);
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
        let store = Store::new(1, IDLE, None);
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

//! Which resources a client watches, and which of them have changed since it was told.
//!
//! A change of a resource marks it for everybody who watches it and wakes them. However often it
//! changes before they are told, they are told once, so a client that reads slowly costs no more
//! memory than one that does not.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use mcp_core::jsonrpc::ProtocolError;
use tokio::sync::Notify;

use super::changes::{ChangeFeed, Changes};

/// How many resources one client may watch.
const MAX_WATCHED: usize = 4096;

/// How many messages wait for one client to be told.
const MAX_POSTED: usize = 64;

/// How long their URIs may be altogether.
const MAX_WATCHED_BYTES: usize = 512 << 10;

/// Everybody who watches a resource, by its URI.
#[derive(Default)]
pub(crate) struct Watchers {
    by_uri: RwLock<ByUri>,
    /// How often a URI came to be watched, or to be watched no more.
    #[cfg(feature = "client")]
    count: tokio::sync::watch::Sender<u64>,
}

/// Tells watchers apart: where they lie in memory, for as long as they are kept.
type Key = usize;

type ByUri = HashMap<Arc<str>, HashMap<Key, Arc<Watcher>>>;

/// One client who watches.
#[derive(Default)]
struct Watcher {
    state: Mutex<State>,
    marked: Notify,
}

#[derive(Default)]
struct State {
    /// What is watched, and whether it is marked as changed.
    watched: HashMap<Arc<str>, bool>,
    /// What is marked, the longest first.
    marked: VecDeque<Arc<str>>,
    /// How long all watched URIs are.
    size: usize,
    /// Messages that belong to no request, the longest first.
    posted: VecDeque<Vec<u8>>,
    /// The changes of lists that the client knows of; `None` if none are known for sure.
    told: Option<Changes>,
}

impl Watchers {
    /// Marks a resource as changed for everybody who watches it.
    pub(crate) fn mark(&self, uri: &str) {
        let by_uri = self.by_uri.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((uri, watchers)) = by_uri.get_key_value(uri) {
            watchers.values().for_each(|watcher| watcher.mark(uri));
        }
    }

    /// Hears of changes of what is watched.
    #[cfg(feature = "client")]
    pub(crate) fn subscribe(&self) -> tokio::sync::watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// How often what is watched has changed so far.
    #[cfg(feature = "client")]
    pub(crate) fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// What is watched by anybody.
    #[cfg(feature = "client")]
    pub(crate) fn uris(&self) -> Vec<Arc<str>> {
        self.by_uri.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Something else is watched than before. To be called while that is written.
    fn changed(&self) {
        #[cfg(feature = "client")]
        self.count.send_modify(|count| *count += 1);
    }

    fn write(&self) -> RwLockWriteGuard<'_, ByUri> {
        self.by_uri.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, uri: &Arc<str>) {
        let mut state = self.state();
        match state.watched.get_mut(uri) {
            Some(marked) if !*marked => *marked = true,
            _ => return,
        }
        state.marked.push_back(Arc::clone(uri));
        drop(state);
        self.marked.notify_one();
    }
}

/// What one client watches, for as long as this is there.
pub(crate) struct Watch {
    feed: Arc<ChangeFeed>,
    watcher: Arc<Watcher>,
}

impl Watch {
    /// Watches no resource yet, and knows the lists as they are.
    pub(crate) fn new(feed: &Arc<ChangeFeed>) -> Self {
        let watcher = Arc::<Watcher>::default();
        watcher.state().told = Some(feed.current());
        Self { feed: Arc::clone(feed), watcher }
    }

    fn key(&self) -> Key {
        Arc::as_ptr(&self.watcher) as usize
    }

    /// Begins to watch a resource.
    ///
    /// # Errors
    /// `-32602` if the client watches too many.
    pub(crate) fn add(&self, uri: &str) -> Result<(), ProtocolError> {
        let mut by_uri = self.feed.watchers.write();
        let mut state = self.watcher.state();
        if state.watched.contains_key(uri) {
            return Ok(());
        }
        if state.watched.len() >= MAX_WATCHED || state.size + uri.len() > MAX_WATCHED_BYTES {
            return Err(ProtocolError::invalid_params(format!(
                "too many resources are watched: at most {MAX_WATCHED}, whose URIs have \
                 {MAX_WATCHED_BYTES} bytes together"
            )));
        }
        // One text for all who watch it.
        let uri = by_uri.get_key_value(uri).map_or_else(|| uri.into(), |(uri, _)| Arc::clone(uri));
        state.size += uri.len();
        state.watched.insert(Arc::clone(&uri), false);
        let watchers = by_uri.entry(uri).or_default();
        watchers.insert(self.key(), Arc::clone(&self.watcher));
        if watchers.len() == 1 {
            self.feed.watchers.changed();
        }
        Ok(())
    }

    /// Stops watching a resource.
    pub(crate) fn remove(&self, uri: &str) {
        let mut by_uri = self.feed.watchers.write();
        let mut state = self.watcher.state();
        if state.watched.remove(uri).is_some() {
            state.size -= uri.len();
            state.marked.retain(|marked| &**marked != uri);
            self.forget(&mut by_uri, uri);
        }
    }

    fn forget(&self, by_uri: &mut ByUri, uri: &str) {
        if let Some(watchers) = by_uri.get_mut(uri) {
            watchers.remove(&self.key());
            if watchers.is_empty() {
                by_uri.remove(uri);
                self.feed.watchers.changed();
            }
        }
    }

    /// A resource that has changed since the client was told of it. It counts as told from now on.
    pub(crate) fn next(&self) -> Option<Arc<str>> {
        let mut state = self.watcher.state();
        let uri = state.marked.pop_front()?;
        if let Some(marked) = state.watched.get_mut(&uri) {
            *marked = false;
        }
        Some(uri)
    }

    /// Keeps a message for the client, unless too many wait.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        let mut state = self.watcher.state();
        let has_room = state.posted.len() < MAX_POSTED;
        if has_room {
            state.posted.push_back(message);
            drop(state);
            self.watcher.marked.notify_one();
        }
        has_room
    }

    /// A message that the client was not told yet.
    pub(crate) fn next_posted(&self) -> Option<Vec<u8>> {
        self.watcher.state().posted.pop_front()
    }

    /// Waits until a resource may have changed, or there is a message.
    pub(crate) async fn marked(&self) {
        self.watcher.marked.notified().await;
    }

    /// Takes the client to know the lists as they are `now`, and says what it knew before.
    pub(crate) fn tell(&self, now: Changes) -> Option<Changes> {
        self.watcher.state().told.replace(now)
    }

    /// Takes everything that is watched as changed, for a client that may have missed something.
    #[cfg(any(feature = "http", test))]
    pub(crate) fn mark_all(&self) {
        let mut state = self.watcher.state();
        let State { watched, marked, told, .. } = &mut *state;
        *told = None;
        for (uri, is_marked) in watched.iter_mut().filter(|(_, is_marked)| !**is_marked) {
            *is_marked = true;
            marked.push_back(Arc::clone(uri));
        }
        drop(state);
        self.watcher.marked.notify_one();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let watched = std::mem::take(&mut self.watcher.state().watched);
        // Most clients watch nothing, and hold up nobody when they go.
        if watched.is_empty() {
            return;
        }
        let mut by_uri = self.feed.watchers.write();
        for uri in watched.keys() {
            self.forget(&mut by_uri, uri);
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.watcher.state().watched.len();
        f.debug_struct("Watch").field("watched", &count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(watch: &Watch) -> Vec<String> {
        std::iter::from_fn(|| watch.next()).map(|uri| uri.to_string()).collect()
    }

    #[test]
    fn changes_fall_together_until_they_are_told() {
        let feed = Arc::<ChangeFeed>::default();
        let watch = Watch::new(&feed);
        watch.add("a:1").unwrap();
        watch.add("a:2").unwrap();
        watch.add("a:1").unwrap();
        for uri in ["a:2", "a:1", "a:2", "a:3", "a:2"] {
            feed.watchers.mark(uri);
        }
        assert_eq!(told(&watch), ["a:2", "a:1"]);
        assert_eq!(told(&watch), [""; 0]);
        feed.watchers.mark("a:1");
        assert_eq!(told(&watch), ["a:1"]);
    }

    #[test]
    fn who_stops_watching_hears_nothing_and_leaves_nothing() {
        let feed = Arc::<ChangeFeed>::default();
        let (one, other) = (Watch::new(&feed), Watch::new(&feed));
        one.add("a:1").unwrap();
        other.add("a:1").unwrap();
        feed.watchers.mark("a:1");
        one.remove("a:1");
        feed.watchers.mark("a:1");
        assert_eq!(told(&one), [""; 0]);
        assert_eq!(told(&other), ["a:1"]);
        drop(other);
        assert!(feed.watchers.write().is_empty());
        one.add("a:1").unwrap();
        assert_eq!(told(&one), [""; 0], "a change before it was watched again is none");
    }

    #[test]
    fn what_one_client_watches_is_bounded() {
        let feed = Arc::<ChangeFeed>::default();
        let watch = Watch::new(&feed);
        for index in 0..MAX_WATCHED {
            watch.add(&format!("a:{index}")).unwrap();
        }
        assert_eq!(watch.add("a:more").unwrap_err().code.0, -32602);
        watch.remove("a:0");
        assert!(watch.add("a:more").is_ok());
        let other = Watch::new(&feed);
        assert!(other.add(&"a".repeat(MAX_WATCHED_BYTES + 1)).is_err());
    }

    #[test]
    fn a_client_that_may_have_missed_something_is_told_of_everything_once() {
        let feed = Arc::<ChangeFeed>::default();
        let watch = Watch::new(&feed);
        watch.add("a:1").unwrap();
        watch.add("a:2").unwrap();
        feed.watchers.mark("a:2");
        watch.mark_all();
        assert_eq!(told(&watch), ["a:2", "a:1"]);
        assert_eq!(watch.tell(Changes::default()), None);
        assert_eq!(watch.tell(Changes::default()), Some(Changes::default()));
    }
}

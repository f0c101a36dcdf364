//! Results that are kept for as long as their server allows.
//!
//! Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_core::method::{Area, Method};
use mcp_core::protocol::CacheScope;
use serde::Deserialize;
use tokio::time::Instant;

use super::event::Event;
use super::message::JsonText;

/// Longest time for which a result is kept, whatever its server allows.
const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// A cache of results, shared by its clones.
///
/// Clients of several servers and of several users can share one. A private result is returned only
/// to a client that sends the same server the same headers, or starts the same program with the same
/// environment. If a function makes the headers, private results are not kept.
///
/// ```
/// use mcp_runtime::client::{Cache, Client};
///
/// let cache = Cache::new(64 << 20);
/// let files = Client::stdio("files-server").cache(cache.clone());
/// let weather = Client::stdio("weather-server").cache(cache);
/// # drop((files, weather));
/// ```
#[derive(Clone)]
pub struct Cache {
    shared: Arc<Mutex<Entries>>,
    max_bytes: usize,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<Key, Entry>,
    bytes: usize,
    /// Number of invalidations so far.
    changes: u64,
}

/// The number of invalidations at some moment. See [`Cache::version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(u64);

/// The request that a result belongs to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Identity of the server.
    pub(crate) origin: Arc<str>,
    pub(crate) method: Method,
    /// Parameters without `_meta`, as they are sent.
    pub(crate) params: String,
    /// Identity of the caller; `None` for a result that is the same for all callers.
    pub(crate) authorization: Option<Arc<str>>,
}

/// Results that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Any,
    /// Only those that are the same for all callers.
    Public,
}

struct Entry {
    result: JsonText,
    until: Instant,
}

/// Members of a result that allow it to be kept.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Hint {
    ttl_ms: Option<f64>,
    cache_scope: Option<CacheScope>,
}

/// Shows no contents, because keys contain tokens.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("max_bytes", &self.max_bytes).finish_non_exhaustive()
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(8 << 20)
    }
}

impl Cache {
    /// Creates a cache of a size in bytes. With zero, nothing is kept.
    pub fn new(max_bytes: usize) -> Self {
        Self { shared: Arc::default(), max_bytes }
    }

    /// Removes all results.
    pub fn clear(&self) {
        let mut entries = self.entries();
        *entries = Entries { changes: entries.changes + 1, ..Entries::default() };
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a fresh result of a request: that of the caller, or one that is the same for all.
    pub(crate) fn get(&self, key: &Key) -> Option<JsonText> {
        let public = Key { authorization: None, ..key.clone() };
        let mut entries = self.entries();
        let now = Instant::now();
        for key in [key, &public] {
            match entries.by_key.get(key) {
                Some(entry) if now < entry.until => return Some(entry.result.clone()),
                Some(_) => entries.remove(key),
                None => {}
            }
        }
        None
    }

    /// Returns the version to pass to [`put`](Self::put), taken before the request is sent.
    pub(crate) fn version(&self) -> Version {
        Version(self.entries().changes)
    }

    /// Keeps a result for as long as it allows, unless something was invalidated since it was
    /// requested: it may be older than the change.
    pub(crate) fn put(&self, key: Key, result: &JsonText, requested: Version, kept: Kept) {
        let Ok(hint) = result.raw().parse::<Hint>() else { return };
        let ttl = Duration::try_from_secs_f64(hint.ttl_ms.unwrap_or(0.0) / 1000.0);
        // Negative counts as zero, and what overflows as the maximum.
        let ttl = ttl.unwrap_or(if hint.ttl_ms > Some(0.0) { MAX_TTL } else { Duration::ZERO });
        let size = result.as_str().len() + key.params.len();
        if ttl.is_zero() || size > self.max_bytes {
            return;
        }
        // Private unless the server declares it public.
        let is_public = hint.cache_scope == Some(CacheScope::Public);
        if !is_public && kept == Kept::Public {
            return;
        }
        let authorization = if is_public { None } else { key.authorization.or(Some("".into())) };
        let key = Key { authorization, ..key };
        let until = Instant::now() + ttl.min(MAX_TTL);
        let mut entries = self.entries();
        if Version(entries.changes) != requested {
            return;
        }
        entries.remove(&key);
        entries.make_room(self.max_bytes - size);
        entries.bytes += size;
        entries.by_key.insert(key, Entry { result: result.clone(), until });
    }

    /// Removes the results that a change makes stale.
    pub(crate) fn invalidate(&self, origin: &str, event: &Event) {
        let mut entries = self.entries();
        entries.changes += 1;
        entries.retain(|key| {
            key.origin.as_ref() != origin
                || match event {
                    Event::Tools => !key.method.is_list_of(Area::Tools),
                    Event::Prompts => !key.method.is_list_of(Area::Prompts),
                    Event::Resources => !key.method.is_list_of(Area::Resources),
                    Event::Resource(uri) => {
                        key.method != Method::ResourcesRead || !reads(&key.params, uri)
                    }
                    Event::Missed => false,
                }
        });
    }
}

/// Returns `true` for parameters that read a resource, a part of it, or one it is a part of.
fn reads(params: &str, uri: &str) -> bool {
    #[derive(Deserialize)]
    struct Read {
        uri: String,
    }
    serde_json::from_str::<Read>(params)
        .is_ok_and(|read| read.uri.starts_with(uri) || uri.starts_with(&read.uri))
}

impl Entries {
    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.by_key.remove(key) {
            self.bytes -= entry.result.as_str().len() + key.params.len();
        }
    }

    fn retain(&mut self, keeps: impl Fn(&Key) -> bool) {
        let gone: Vec<_> = self.by_key.keys().filter(|key| !keeps(key)).cloned().collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// Removes the results that become stale first, until no more than `max` bytes are left.
    fn make_room(&mut self, max: usize) {
        while self.bytes > max {
            let soonest = self.by_key.iter().min_by_key(|(_, entry)| entry.until);
            let Some(key) = soonest.map(|(key, _)| key.clone()) else { return };
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::jsonrpc::Raw;

    use super::*;

    fn key(method: Method, params: &str, who: Option<&str>) -> Key {
        let authorization = Some(who.unwrap_or_default().into());
        Key { origin: "server".into(), method, params: params.into(), authorization }
    }

    fn put(cache: &Cache, key: Key, result: &str) {
        cache.put(key, &JsonText::of(Raw::from_accepted(result)), cache.version(), Kept::Any);
    }

    fn has(cache: &Cache, key: &Key) -> bool {
        cache.get(key).is_some()
    }

    const PUBLIC: &str = r#"{"tools":[],"ttlMs":1000,"cacheScope":"public"}"#;
    const PRIVATE: &str = r#"{"tools":[],"ttlMs":1000,"cacheScope":"private"}"#;

    #[tokio::test(start_paused = true)]
    async fn results_are_fresh_for_their_time() {
        let cache = Cache::default();
        let list = key(Method::ToolsList, "{}", None);
        put(&cache, list.clone(), PUBLIC);
        assert!(has(&cache, &list));
        assert!(!has(&cache, &key(Method::ToolsList, r#"{"cursor":"2"}"#, None)));
        tokio::time::advance(Duration::from_millis(1000)).await;
        assert!(!has(&cache, &list));
        for result in ["{}", r#"{"ttlMs":0}"#, r#"{"ttlMs":-5}"#, r#"{"ttlMs":"x"}"#] {
            put(&cache, list.clone(), result);
            assert!(!has(&cache, &list), "{result}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_private_is_found_with_the_same_authorization_only() {
        let cache = Cache::default();
        put(&cache, key(Method::ToolsList, "{}", Some("ann")), PRIVATE);
        assert!(has(&cache, &key(Method::ToolsList, "{}", Some("ann"))));
        assert!(!has(&cache, &key(Method::ToolsList, "{}", Some("bob"))));
        assert!(!has(&cache, &key(Method::ToolsList, "{}", None)));
        put(&cache, key(Method::ToolsList, "{}", Some("ann")), PUBLIC);
        assert!(has(&cache, &key(Method::ToolsList, "{}", Some("bob"))));
    }

    #[tokio::test(start_paused = true)]
    async fn changes_make_stale() {
        let cache = Cache::default();
        let (tools, read) = (
            key(Method::ToolsList, "{}", None),
            key(Method::ResourcesRead, r#"{"uri":"a:b"}"#, None),
        );
        put(&cache, tools.clone(), PUBLIC);
        put(&cache, read.clone(), PUBLIC);
        cache.invalidate("other", &Event::Missed);
        cache.invalidate("server", &Event::Resource("a:c".into()));
        assert!(has(&cache, &tools) && has(&cache, &read));
        cache.invalidate("server", &Event::Tools);
        assert!(!has(&cache, &tools) && has(&cache, &read));
        cache.invalidate("server", &Event::Resource("a:b".into()));
        assert!(!has(&cache, &read));
        for part_or_whole in ["a:", "a:b/c"] {
            put(&cache, read.clone(), PUBLIC);
            cache.invalidate("server", &Event::Resource(part_or_whole.into()));
            assert!(!has(&cache, &read), "{part_or_whole}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_bounded() {
        let cache = Cache::new(200);
        for number in 0..100 {
            put(
                &cache,
                key(Method::ResourcesRead, &format!(r#"{{"uri":"a:{number}"}}"#), None),
                PUBLIC,
            );
            assert!(cache.entries().bytes <= 200);
        }
        cache.invalidate("server", &Event::Missed);
        assert_eq!(cache.entries().bytes, 0);
        assert_eq!(cache.entries().by_key.len(), 0);
        let nothing = Cache::new(0);
        put(&nothing, key(Method::ToolsList, "{}", None), PUBLIC);
        assert_eq!(nothing.entries().by_key.len(), 0);
    }
}

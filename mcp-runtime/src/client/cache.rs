//! Results that may be used again, for as long as their server says.
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

use super::subscription::Event;
use super::transport::Json;

/// The longest time that anything is kept, whatever its server says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Results that may be used again. Clones share what they hold, so clients of several servers and
/// several users can share one: what is private is found again only by a client that gives the same
/// server the same headers, or the same program the same environment.
#[derive(Clone)]
pub struct Cache {
    shared: Arc<Mutex<Kept>>,
    most_bytes: usize,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    /// How many changes were heard of.
    changes: u64,
}

/// A moment in the life of a cache. See [`Cache::now`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(u64);

/// What a result was the answer to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The server.
    pub(crate) origin: Arc<str>,
    pub(crate) method: Method,
    /// The parameters without `_meta`, as they are sent.
    pub(crate) params: String,
    /// Whose result it is; `None` for one that is the same for all.
    pub(crate) authorization: Option<Arc<str>>,
}

struct Entry {
    result: Json,
    until: Instant,
}

/// The members of a result that say whether it may be kept.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Hint {
    ttl_ms: Option<f64>,
    cache_scope: Option<CacheScope>,
}

/// Tells nothing of what is kept, tokens least of all.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("most_bytes", &self.most_bytes).finish_non_exhaustive()
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(8 << 20)
    }
}

impl Cache {
    /// A cache that holds results of up to so many bytes in all; zero keeps nothing.
    pub fn new(most_bytes: usize) -> Self {
        Self { shared: Arc::default(), most_bytes }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut kept = self.kept();
        *kept = Kept { changes: kept.changes + 1, ..Kept::default() };
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a request, if it is fresh: the caller's own, or one that is the same for all.
    pub(crate) fn get(&self, key: &Key) -> Option<Json> {
        let public = Key { authorization: None, ..key.clone() };
        let mut kept = self.kept();
        let now = Instant::now();
        for key in [key, &public] {
            match kept.entries.get(key) {
                Some(entry) if now < entry.until => return Some(entry.result.clone()),
                Some(_) => kept.remove(key),
                None => {}
            }
        }
        None
    }

    /// The moment to remember before a result is asked for.
    pub(crate) fn now(&self) -> Moment {
        Moment(self.kept().changes)
    }

    /// Keeps a result for as long as it says. One that was asked for before the last change may
    /// have been on its way when that was told, and is not kept.
    pub(crate) fn put(&self, key: Key, result: &Json, asked: Moment) {
        let Ok(hint) = result.raw().parse::<Hint>() else { return };
        let ttl = Duration::try_from_secs_f64(hint.ttl_ms.unwrap_or(0.0) / 1000.0);
        // A negative time counts as none, one that is beyond counting as the longest.
        let ttl = ttl.unwrap_or(if hint.ttl_ms > Some(0.0) { LONGEST } else { Duration::ZERO });
        let size = result.as_str().len() + key.params.len();
        if ttl.is_zero() || size > self.most_bytes {
            return;
        }
        // Only what is said to be the same for all is.
        let is_public = hint.cache_scope == Some(CacheScope::Public);
        let authorization = if is_public { None } else { key.authorization.or(Some("".into())) };
        let key = Key { authorization, ..key };
        let until = Instant::now() + ttl.min(LONGEST);
        let mut kept = self.kept();
        if Moment(kept.changes) != asked {
            return;
        }
        kept.remove(&key);
        kept.make_room(self.most_bytes - size);
        kept.bytes += size;
        kept.entries.insert(key, Entry { result: result.clone(), until });
    }

    /// Something changed, so what is kept of it is stale.
    pub(crate) fn invalidate(&self, origin: &str, event: &Event) {
        let mut kept = self.kept();
        kept.changes += 1;
        kept.retain(|key| {
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

/// Whether parameters are those of reading a URI, a part of what it names, or what it is a part of.
fn reads(params: &str, uri: &str) -> bool {
    #[derive(Deserialize)]
    struct Read {
        uri: String,
    }
    serde_json::from_str::<Read>(params)
        .is_ok_and(|read| read.uri.starts_with(uri) || uri.starts_with(&read.uri))
}

impl Kept {
    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.result.as_str().len() + key.params.len();
        }
    }

    fn retain(&mut self, stays: impl Fn(&Key) -> bool) {
        let gone: Vec<_> = self.entries.keys().filter(|key| !stays(key)).cloned().collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// Forgets what is the first to become stale until no more than so many bytes are kept.
    fn make_room(&mut self, most: usize) {
        while self.bytes > most {
            let soonest = self.entries.iter().min_by_key(|(_, entry)| entry.until);
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
        cache.put(key, &Json::of(Raw::from_accepted(result)), cache.now());
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
            assert!(cache.kept().bytes <= 200);
        }
        cache.invalidate("server", &Event::Missed);
        assert_eq!(cache.kept().bytes, 0);
        assert_eq!(cache.kept().entries.len(), 0);
        let nothing = Cache::new(0);
        put(&nothing, key(Method::ToolsList, "{}", None), PUBLIC);
        assert_eq!(nothing.kept().entries.len(), 0);
    }
}

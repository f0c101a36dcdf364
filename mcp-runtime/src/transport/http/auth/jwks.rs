//! The key set of an issuer, cached.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::discovery;
use super::verifier::TokenError;
use crate::auth::keys::PublicKey;
use crate::auth::safe_client::{FetchError, SafeClient};

/// Age at which keys are fetched again, so that keys which were withdrawn are not trusted for long.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// Age up to which keys are used if they cannot be fetched.
const MAX_STALE: Duration = Duration::from_secs(60 * 60);

/// Interval at which unknown keys lead to a request at most.
const MIN_INTERVAL: Duration = Duration::from_secs(30);

/// Interval of attempts while there are no keys at all.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// The number of keys that are read of a set.
const MAX_KEYS: usize = 100;

type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Value, FetchError>> + Send + 'a>>;

/// Source of a key set.
pub(super) trait KeySource: Send + Sync {
    fn fetch(&self) -> Fetching<'_>;
}

/// A key set at a URL.
pub(super) struct Remote {
    client: SafeClient,
    issuer: String,
    /// The URL, once it is known.
    url: Mutex<Option<Url>>,
    is_discovered: bool,
}

impl Remote {
    pub(super) fn new(client: SafeClient, issuer: String, url: Option<Url>) -> Self {
        let is_discovered = url.is_none();
        Self { client, issuer, url: Mutex::new(url), is_discovered }
    }

    async fn get(&self) -> Result<Value, FetchError> {
        let known = lock(&self.url).clone();
        let url = match known {
            Some(url) => url,
            None => discovery::key_set_url(&self.client, &self.issuer).await?,
        };
        let keys = self.client.get_json(&url).await;
        if self.is_discovered {
            // The set may have moved.
            *lock(&self.url) = keys.is_ok().then_some(url);
        }
        keys
    }
}

impl KeySource for Remote {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(self.get())
    }
}

/// A key set that is given.
#[cfg(any(test, fuzzing))]
pub(super) struct Fixed(pub(super) Value);

#[cfg(any(test, fuzzing))]
impl KeySource for Fixed {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

/// The key set of an issuer.
pub(super) struct KeySet(Arc<Shared>);

struct Shared {
    source: Box<dyn KeySource>,
    state: Mutex<State>,
    /// Held by the one task that fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    keys: Option<Arc<[PublicKey]>>,
    fetched: Option<Instant>,
    attempted: Option<Instant>,
}

impl State {
    fn keys_within(&self, age: Duration) -> Option<Arc<[PublicKey]>> {
        self.keys.clone().filter(|_| self.fetched.is_some_and(|fetched| fetched.elapsed() < age))
    }
}

impl KeySet {
    pub(super) fn new(source: Box<dyn KeySource>) -> Self {
        let (state, fetching) = Default::default();
        Self(Arc::new(Shared { source, state, fetching }))
    }

    /// The keys. They are fetched if there are none, or if they are old.
    pub(super) async fn keys(&self) -> Result<Arc<[PublicKey]>, TokenError> {
        if let Some(keys) = lock(&self.0.state).keys_within(MAX_AGE) {
            return Ok(keys);
        }
        let is_stale = lock(&self.0.state).keys_within(MAX_STALE).is_some();
        self.fetch(if is_stale { MIN_INTERVAL } else { RETRY_INTERVAL }).await;
        let keys = lock(&self.0.state).keys_within(MAX_STALE);
        keys.ok_or_else(|| TokenError::unavailable("the keys of the issuer cannot be fetched"))
    }

    /// Fetches the keys because one is unknown, unless that was done recently. Returns those after that, or
    /// `None` if they are the same as before.
    pub(super) async fn renewed(&self, known: &Arc<[PublicKey]>) -> Option<Arc<[PublicKey]>> {
        self.fetch(MIN_INTERVAL).await;
        lock(&self.0.state).keys.clone().filter(|keys| !Arc::ptr_eq(keys, known))
    }

    /// Fetches the keys, unless that was attempted within the interval. The request goes on if the client
    /// that has caused it disconnects, because others wait for it.
    async fn fetch(&self, interval: Duration) {
        let shared = Arc::clone(&self.0);
        // A panic of the task leaves the keys as they are.
        let _ = tokio::spawn(async move { shared.fetch(interval).await }).await;
    }
}

impl Shared {
    async fn fetch(&self, interval: Duration) {
        let _only = self.fetching.lock().await;
        let attempted = lock(&self.state).attempted;
        if attempted.is_some_and(|attempted| attempted.elapsed() < interval) {
            return;
        }
        let fetched = self.source.fetch().await.and_then(|set| parse(&set));
        let mut state = lock(&self.state);
        state.attempted = Some(Instant::now());
        match fetched {
            Ok(keys) => {
                state.keys = Some(keys);
                state.fetched = state.attempted;
            }
            Err(error) => tracing::warn!(%error, "the keys of the issuer cannot be fetched"),
        }
    }
}

/// Reads a key set. Keys that are not supported are left out.
fn parse(set: &Value) -> Result<Arc<[PublicKey]>, FetchError> {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or_else(|| FetchError::Malformed("the key set has no `keys`".to_owned()))?;
    Ok(keys.iter().take(MAX_KEYS).filter_map(|key| PublicKey::from_jwk(key).ok()).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Cacheable results of extension methods.

use std::time::Duration;

use serde::Serialize;

/// Result of an extension method, with a cache hint for clients.
///
/// It adds the members `ttlMs` and `cacheScope` to those of the result. Revisions before
/// 2026-07-28, which have no such hints, are sent the result without them.
///
/// Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::extension::CacheableResult;
/// use mcp_runtime::ProtocolError;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Rates {
///     dollar: f64,
/// }
///
/// let server = Server::new("bank", "1.0.0").extension("com.example/rates", ()).method(
///     "com.example/rates",
///     async |_cx: Context, (): ()| {
///         let rates = Rates { dollar: 1.1 };
///         Ok::<_, ProtocolError>(CacheableResult::new(rates, Duration::from_secs(60)).shared())
///     },
/// );
/// # drop(server);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheableResult<T> {
    #[serde(flatten)]
    result: T,
    ttl_ms: u64,
    cache_scope: &'static str,
}

impl<T> CacheableResult<T> {
    /// Creates a result that the requesting client may cache for some time.
    pub fn new(result: T, time: Duration) -> Self {
        let ttl_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self { result, ttl_ms, cache_scope: "private" }
    }

    /// Allows caches to share the result between users, because it is the same for all.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.cache_scope = "public";
        self
    }
}

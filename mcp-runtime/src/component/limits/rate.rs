//! Limits of the requests in a time.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::subject::{PrincipalKey, Subject};
use super::{CountedRequest, TooMany};
use crate::clock::Instant;

/// Number of principals that are counted one by one. Beyond it, further ones are counted together.
const MAX_PRINCIPALS: usize = 1 << 16;

/// A limit of the requests in a time. See [`Server::rate_limit`](crate::Server::rate_limit).
///
/// After a pause, [`burst`](Self::burst) requests may come at once; then one after each interval.
///
/// ```
/// use mcp_runtime::Server;
/// use mcp_runtime::limits::RateLimit;
///
/// let server = Server::new("demo", "1.0.0")
///     .rate_limit(RateLimit::per_second(200))
///     .rate_limit(RateLimit::per_second(10).burst(20).per_principal())
///     .with::<search>()
///     .rate_limit(RateLimit::per_minute(30).tool("search").per_principal());
/// # drop(server);
/// # /// Search the web.
/// # #[mcp_runtime::tool]
/// # async fn search() {}
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RateLimit {
    max: u32,
    per: Duration,
    burst: Option<u32>,
    pub(super) subject: Subject,
}

impl RateLimit {
    fn new(max: u32, per: Duration) -> Self {
        Self { max, per, burst: None, subject: Subject::default() }
    }

    /// A number of requests a second.
    pub fn per_second(max: u32) -> Self {
        Self::new(max, Duration::from_secs(1))
    }

    /// A number of requests a minute.
    pub fn per_minute(max: u32) -> Self {
        Self::new(max, Duration::from_secs(60))
    }

    /// A number of requests an hour.
    pub fn per_hour(max: u32) -> Self {
        Self::new(max, Duration::from_secs(60 * 60))
    }

    /// Sets the number of requests that may come at once; as many as in the whole time by default.
    pub fn burst(mut self, max: u32) -> Self {
        self.burst = Some(max);
        self
    }

    /// Counts the calls of one tool only.
    pub fn tool(mut self, name: impl Into<String>) -> Self {
        self.subject.tool = Some(name.into());
        self
    }

    /// Counts each principal by itself. All anonymous callers count as one.
    pub fn per_principal(mut self) -> Self {
        self.subject.is_per_principal = true;
        self
    }

    /// The limit in words.
    fn describe(&self) -> String {
        let time = match self.per.as_secs() {
            1 => "a second",
            60 => "a minute",
            _ => "an hour",
        };
        format!("{} {time}", self.max)
    }

    pub(super) fn start(self, faults: &mut Vec<String>) -> Option<RequestRate> {
        let max = NonZeroU32::new(self.max);
        let burst = NonZeroU32::new(self.burst.unwrap_or(self.max));
        let (Some(max), Some(burst)) = (max, burst) else {
            faults.push("a rate limit of 0 refuses every request; set at least 1".to_owned());
            return None;
        };
        // An interval is never zero: `max` is less than the nanoseconds of a second.
        let quota = Quota::with_period(self.per / max.get())?.allow_burst(burst);
        let (requests, rounds) = (Buckets::new(quota), Buckets::new(quota));
        Some(RequestRate { limit: self, requests, rounds })
    }
}

/// The requests under a limit.
pub(crate) struct RequestRate {
    limit: RateLimit,
    requests: Buckets,
    /// Requests that go on with a call, which are counted by themselves: a user who has answered should not
    /// be refused because of other calls.
    rounds: Buckets,
}

impl RequestRate {
    /// Counts a request, if it counts.
    pub(super) fn count(&self, request: CountedRequest<'_>) -> Result<(), TooMany> {
        let subject = &self.limit.subject;
        let Some(key) = subject.key(request) else { return Ok(()) };
        let buckets = if request.is_round { &self.rounds } else { &self.requests };
        let describe = |wait| TooMany::new(subject, &self.limit.describe(), wait);
        buckets.take(key).map_err(describe)
    }
}

type Limiter = RateLimiter<
    PrincipalKey,
    HashMapStateStore<PrincipalKey>,
    TokioClock,
    NoOpMiddleware<Duration>,
>;

/// One bucket for each principal, or one for all.
struct Buckets {
    limiter: Limiter,
    clock: TokioClock,
}

impl Buckets {
    fn new(quota: Quota) -> Self {
        let clock = TokioClock(Instant::now());
        Self { limiter: RateLimiter::hashmap_with_clock(quota, clock.clone()), clock }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The time until there is one.
    fn take(&self, mut key: PrincipalKey) -> Result<(), Duration> {
        if self.limiter.len() >= MAX_PRINCIPALS {
            // Those whose bucket is full again are forgotten.
            self.limiter.retain_recent();
            if self.limiter.len() >= MAX_PRINCIPALS {
                key = PrincipalKey::default();
            }
        }
        let taken = self.limiter.check_key(&key);
        taken.map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

/// The clock of tokio, so that tests can advance it.
#[derive(Clone, Debug)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::principal::Principal;

    fn key(number: usize) -> PrincipalKey {
        PrincipalKey::of(Some(&Principal::new(number.to_string())))
    }

    fn buckets() -> Buckets {
        Buckets::new(Quota::per_second(NonZeroU32::MIN))
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_come_back_with_time() {
        let buckets = buckets();
        assert_eq!(buckets.take(key(1)), Ok(()));
        assert_eq!(buckets.take(key(1)), Err(Duration::from_secs(1)));
        assert_eq!(buckets.take(key(2)), Ok(()));
        tokio::time::advance(Duration::from_millis(400)).await;
        assert_eq!(buckets.take(key(1)), Err(Duration::from_millis(600)));
        tokio::time::advance(Duration::from_millis(600)).await;
        assert_eq!(buckets.take(key(1)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_for_principals_is_bounded() {
        let buckets = buckets();
        for number in 0..MAX_PRINCIPALS {
            assert_eq!(buckets.take(key(number)), Ok(()));
        }
        // Further ones share a bucket.
        assert_eq!(buckets.take(key(MAX_PRINCIPALS)), Ok(()));
        assert!(buckets.take(key(MAX_PRINCIPALS + 1)).is_err());
        assert!(buckets.limiter.len() <= MAX_PRINCIPALS + 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(buckets.take(key(MAX_PRINCIPALS + 1)), Ok(()));
        assert_eq!(buckets.limiter.len(), 1);
    }
}

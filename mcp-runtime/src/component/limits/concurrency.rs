//! Limits of the requests that run at the same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::subject::{PrincipalKey, Subject};
use super::{CountedRequest, TooMany};

/// Time after which a client may find a free place.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A limit of the requests that run at the same time. See
/// [`Server::concurrency_limit`](crate::Server::concurrency_limit).
///
/// ```
/// use mcp_runtime::Server;
/// use mcp_runtime::limits::ConcurrencyLimit;
///
/// let server = Server::new("demo", "1.0.0")
///     .concurrency_limit(100)
///     .concurrency_limit(ConcurrencyLimit::new(4).per_principal())
///     .with::<render>()
///     .concurrency_limit(ConcurrencyLimit::new(2).tool("render"));
/// # drop(server);
/// # /// Render a film.
/// # #[mcp_runtime::tool]
/// # async fn render() {}
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ConcurrencyLimit {
    max: usize,
    pub(super) subject: Subject,
}

impl ConcurrencyLimit {
    /// A limit of all requests together.
    pub fn new(max: usize) -> Self {
        Self { max, subject: Subject::default() }
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

    pub(super) fn start(self, faults: &mut Vec<String>) -> Option<RunningRequests> {
        if self.max == 0 {
            faults
                .push("a concurrency limit of 0 refuses every request; set at least 1".to_owned());
            return None;
        }
        Some(RunningRequests { limit: self, running: Arc::default() })
    }
}

impl From<usize> for ConcurrencyLimit {
    fn from(max: usize) -> Self {
        Self::new(max)
    }
}

/// Requests that run, by principal. Without a limit for each principal there is one entry.
type Running = Mutex<HashMap<PrincipalKey, usize>>;

/// The requests under a limit.
pub(crate) struct RunningRequests {
    limit: ConcurrencyLimit,
    running: Arc<Running>,
}

fn locked(running: &Running) -> MutexGuard<'_, HashMap<PrincipalKey, usize>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunningRequests {
    /// Takes a place for a request, if it counts.
    pub(super) fn enter(&self, request: CountedRequest<'_>) -> Result<Option<Permit>, TooMany> {
        let ConcurrencyLimit { max, subject } = &self.limit;
        let Some(key) = subject.key(request) else { return Ok(None) };
        let mut running = locked(&self.running);
        let count = running.entry(key.clone()).or_default();
        if *count >= *max {
            let limit = format!("{max} at the same time");
            return Err(TooMany::new(subject, &limit, RETRY_AFTER));
        }
        *count += 1;
        Ok(Some(Permit { running: Arc::clone(&self.running), key }))
    }
}

/// A place of a request that runs.
pub(crate) struct Permit {
    running: Arc<Running>,
    key: PrincipalKey,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut running = locked(&self.running);
        if let Some(count) = running.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::principal::Principal;

    #[test]
    fn principals_without_requests_take_no_memory() {
        let limit = ConcurrencyLimit::new(1).per_principal().start(&mut Vec::new()).unwrap();
        for number in 0..100 {
            let principal = Principal::new(number.to_string());
            let request =
                CountedRequest { tool: None, principal: Some(&principal), is_round: false };
            let permit = limit.enter(request).unwrap();
            assert!(limit.enter(request).is_err());
            drop(permit);
        }
        assert_eq!(locked(&limit.running).len(), 0);
    }
}

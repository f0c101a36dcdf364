//! Cache hints of the lists of upstream servers.
//!
//! Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).

use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_core::revision::CacheHint;

use crate::clock::Instant;

/// Cache hints of the lists of one upstream server.
#[derive(Debug, Default)]
pub(crate) struct ListHints {
    pub(crate) tools: UpstreamHint,
    pub(crate) resources: UpstreamHint,
    pub(crate) templates: UpstreamHint,
    pub(crate) prompts: UpstreamHint,
}

impl ListHints {
    /// Lets all lists age from now on, because their changes are no longer reported.
    pub(crate) fn lapse(&self) {
        for hint in [&self.tools, &self.resources, &self.templates, &self.prompts] {
            hint.lapse();
        }
    }
}

/// Cache hint of one list of an upstream server. A list that is not known has the strictest one.
#[derive(Debug)]
pub(crate) struct UpstreamHint(Mutex<Hint>);

#[derive(Clone, Copy, Debug)]
struct Hint {
    stated: CacheHint,
    /// Time from which the list ages; `None` while its changes are reported.
    since: Option<Instant>,
}

impl Default for UpstreamHint {
    fn default() -> Self {
        Self(Mutex::new(Hint { stated: CacheHint::private(0), since: None }))
    }
}

impl UpstreamHint {
    fn hint(&self) -> MutexGuard<'_, Hint> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the hint of a list that ages from a time on, or not at all.
    pub(crate) fn set(&self, stated: CacheHint, since: Option<Instant>) {
        *self.hint() = Hint { stated, since };
    }

    fn lapse(&self) {
        self.hint().since.get_or_insert_with(Instant::now);
    }

    /// Returns the hint with the time that is left.
    pub(crate) fn remaining(&self) -> CacheHint {
        let Hint { mut stated, since } = *self.hint();
        if let Some(since) = since {
            let age = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            stated.ttl_ms = stated.ttl_ms.saturating_sub(age);
        }
        stated
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_list_ages_unless_its_changes_are_reported() {
        let hints = ListHints::default();
        assert_eq!(hints.tools.remaining(), CacheHint::private(0));
        hints.tools.set(CacheHint::public(100), None);
        hints.prompts.set(CacheHint::private(100), Some(Instant::now()));
        tokio::time::advance(Duration::from_millis(30)).await;
        assert_eq!(hints.tools.remaining(), CacheHint::public(100));
        assert_eq!(hints.prompts.remaining(), CacheHint::private(70));
        hints.lapse();
        tokio::time::advance(Duration::from_millis(90)).await;
        assert_eq!(hints.tools.remaining(), CacheHint::public(10));
        assert_eq!(hints.prompts.remaining(), CacheHint::private(0));
    }
}

//! Limits of the requests that a server takes, how many at the same time and how many in a time, and the
//! settings of other limits.

pub(crate) mod concurrency;
#[cfg(feature = "limits")]
pub(crate) mod rate;
pub(crate) mod subject;

use std::time::Duration;

use self::concurrency::{ConcurrencyLimit, Permit, RunningRequests};
#[cfg(feature = "limits")]
use self::rate::{RateLimit, RequestRate};
use self::subject::Subject;
use crate::context::principal::Principal;

/// Limits of the requests of a server, their handlers and their results.
pub(crate) struct Bounds {
    /// Limits of the requests at the same time, and in a time.
    pub(crate) requests: Option<RequestLimits>,
    /// Time limit of handlers without one of their own.
    pub(crate) handler_timeout: Option<Duration>,
    /// Interval of the progress that is sent while a handler is silent.
    pub(crate) heartbeat: Option<Duration>,
    /// Maximum size of a result, in bytes.
    pub(crate) max_result_size: usize,
    /// `true` if errors that were not written for the client are not sent.
    pub(crate) masks_errors: bool,
}

/// Limits as they are set.
#[derive(Default)]
pub(crate) struct RequestLimitsBuilder {
    pub(crate) concurrency: Vec<ConcurrencyLimit>,
    #[cfg(feature = "limits")]
    pub(crate) rates: Vec<RateLimit>,
}

/// A request that counts.
#[derive(Clone, Copy)]
pub(crate) struct CountedRequest<'a> {
    /// Name of the tool that is called, if it is a call.
    pub(crate) tool: Option<&'a str>,
    pub(crate) principal: Option<&'a Principal>,
    /// `true` if the request goes on with a call that has asked its client.
    #[cfg_attr(
        not(feature = "limits"),
        expect(dead_code, reason = "all count the same at a time")
    )]
    pub(crate) is_round: bool,
}

/// The reason why a request is not taken.
#[derive(Debug)]
pub(crate) struct TooMany {
    /// The limit, in words.
    limit: String,
    pub(crate) retry_after: Duration,
}

impl TooMany {
    pub(super) fn new(subject: &Subject, limit: &str, retry_after: Duration) -> Self {
        Self { limit: subject.describe(limit), retry_after }
    }

    /// The time after which the request may be sent again, in whole seconds.
    pub(crate) fn retry_after_seconds(&self) -> u64 {
        let rounded_up =
            self.retry_after.as_secs() + u64::from(self.retry_after.subsec_nanos() > 0);
        rounded_up.max(1)
    }

    /// A message for the model or the client.
    pub(crate) fn message(&self) -> String {
        let seconds = self.retry_after_seconds();
        format!("too many requests: {}; try again in {seconds} s", self.limit)
    }
}

/// Limits of a server.
pub(crate) struct RequestLimits {
    /// Those of single principals come first, so that a flood of one uses up nothing of the others.
    concurrency: Vec<RunningRequests>,
    #[cfg(feature = "limits")]
    rates: Vec<RequestRate>,
}

/// Places of a request under the limits. Dropping it makes room for others.
pub(crate) struct Permits {
    _permits: Vec<Permit>,
}

impl RequestLimitsBuilder {
    /// Returns `true` if there are no limits.
    fn is_empty(&self) -> bool {
        #[cfg(feature = "limits")]
        if !self.rates.is_empty() {
            return false;
        }
        self.concurrency.is_empty()
    }

    /// The tools that limits name.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let subjects = self.concurrency.iter().map(|limit| &limit.subject);
        #[cfg(feature = "limits")]
        let subjects = subjects.chain(self.rates.iter().map(|limit| &limit.subject));
        subjects.filter_map(|subject| subject.tool.as_deref()).collect()
    }

    /// Makes the limits, if there are any.
    ///
    /// # Errors
    /// One sentence for each mistake.
    pub(crate) fn finish(mut self) -> Result<Option<RequestLimits>, Vec<String>> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        self.concurrency.sort_by_key(|limit| limit.subject.rank());
        let concurrency =
            self.concurrency.into_iter().filter_map(|limit| limit.start(&mut faults)).collect();
        #[cfg(feature = "limits")]
        self.rates.sort_by_key(|limit| limit.subject.rank());
        #[cfg(feature = "limits")]
        let rates = self.rates.into_iter().filter_map(|limit| limit.start(&mut faults)).collect();
        let limits = RequestLimits {
            concurrency,
            #[cfg(feature = "limits")]
            rates,
        };
        if faults.is_empty() { Ok(Some(limits)) } else { Err(faults) }
    }
}

impl RequestLimits {
    /// Takes a request in, if no limit is reached.
    ///
    /// # Errors
    /// The limit that is reached.
    pub(crate) fn admit(&self, request: CountedRequest<'_>) -> Result<Permits, TooMany> {
        let places = self.concurrency.iter().filter_map(|limit| limit.enter(request).transpose());
        let permits = places.collect::<Result<_, _>>()?;
        // Last, so that a request without a place does not count.
        #[cfg(feature = "limits")]
        self.rates.iter().try_for_each(|rate| rate.count(request))?;
        Ok(Permits { _permits: permits })
    }
}

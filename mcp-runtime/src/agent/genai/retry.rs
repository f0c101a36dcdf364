//! Attempts at a request: retries of temporary failures, and the pauses before them.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::super::error::{ModelError, ModelErrorKind};

/// Failure of one attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: ModelError,
    /// `true` if the next attempt may succeed.
    pub(super) is_temporary: bool,
}

/// Number of attempts, and the pauses between them.
#[derive(Clone, Debug)]
pub(super) struct Retries {
    /// Number of attempts after the first.
    pub(super) count: u32,
    /// Longest pause that a provider may ask for.
    pub(super) max_wait: Duration,
}

/// Pause before the second attempt. It doubles for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Longest pause where the provider asks for none.
const MAX_PAUSE: Duration = Duration::from_secs(8);

impl Default for Retries {
    fn default() -> Self {
        Self { count: 2, max_wait: Duration::from_secs(60) }
    }
}

impl Failure {
    /// Failure for which another attempt is of no use.
    pub(super) fn permanent(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self { error: ModelError::new(kind, message), is_temporary: false }
    }

    /// Failure that another attempt may not meet.
    pub(super) fn temporary(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self { error: ModelError::new(kind, message), is_temporary: true }
    }
}

impl Retries {
    /// Returns the pause before the next attempt, after `made` attempts.
    ///
    /// `jitter` is between 0 and 1: attempts of many clients do not coincide.
    ///
    /// # Errors
    /// The error of the failure if there is no further attempt.
    pub(super) fn pause(
        &self,
        made: u32,
        failure: Failure,
        jitter: f64,
    ) -> Result<Duration, ModelError> {
        let Failure { error, is_temporary } = failure;
        if !is_temporary {
            return Err(error);
        }
        if made > self.count {
            return Err(match made {
                1 => error,
                _ => error.map_message(|message| format!("{message} (after {made} attempts)")),
            });
        }
        if let Some(wanted) = error.wanted_delay() {
            if wanted > self.max_wait {
                let (wanted, most) = (wanted.as_secs_f64(), self.max_wait.as_secs_f64());
                return Err(error.map_message(|message| {
                    format!(
                        "{message} (the provider asks for a pause of {wanted} s, more than the \
                         {most} s of `GenaiModel::max_retry_wait`)"
                    )
                }));
            }
            return Ok(wanted);
        }
        let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(made - 1).unwrap_or(u32::MAX));
        Ok(doubled.min(MAX_PAUSE).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 4.0))
    }
}

/// Returns a random number between 0 and 1, or 0 where there is no randomness.
pub(super) fn jitter() -> f64 {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

/// Reads the pause that a provider asks for: `retry-after-ms`, or `retry-after` in seconds or as a
/// date.
pub(super) fn wanted_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| *number >= 0.0);
    let milliseconds = text("retry-after-ms").and_then(number);
    if let Some(milliseconds) = milliseconds {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let after = text("retry-after")?;
    if let Some(seconds) = number(after) {
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let date = httpdate::parse_http_date(after).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Failure, ModelErrorKind, Retries, wanted_pause};

    fn failure(wanted: Option<u64>) -> Failure {
        let mut failure = Failure::temporary(ModelErrorKind::Status(429), "slow down");
        if let Some(wanted) = wanted {
            failure.error = failure.error.retry_after(Duration::from_secs(wanted));
        }
        failure
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let retries = Retries { count: 9, ..Retries::default() };
        let pauses: Vec<_> = (1..=6)
            .map(|made| retries.pause(made, failure(None), 0.0).unwrap().as_millis())
            .collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 8000]);
        let shorter = retries.pause(1, failure(None), 1.0).unwrap();
        assert_eq!(shorter, Duration::from_millis(375));
        let many = Retries { count: u32::MAX, ..Retries::default() };
        assert_eq!(many.pause(1000, failure(None), 0.0).unwrap(), Duration::from_secs(8));
    }

    #[test]
    fn the_provider_sets_the_pause_within_a_bound() {
        let retries = Retries::default();
        assert_eq!(retries.pause(1, failure(Some(60)), 0.5).unwrap(), Duration::from_secs(60));
        let error = retries.pause(1, failure(Some(3600)), 0.5).unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Status(429));
        assert_eq!(error.wanted_delay(), Some(Duration::from_secs(3600)));
        let text = error.to_string();
        assert!(text.contains("a pause of 3600 s, more than the 60 s"), "{text}");
    }

    #[test]
    fn attempts_are_bounded_and_counted() {
        let retries = Retries::default();
        assert!(retries.pause(2, failure(None), 0.5).is_ok());
        let text = retries.pause(3, failure(None), 0.5).unwrap_err().to_string();
        assert!(text.ends_with("slow down (after 3 attempts)"), "{text}");
        let none = Retries { count: 0, ..retries };
        assert!(none.pause(1, failure(None), 0.5).unwrap_err().to_string().ends_with("slow down"));
        let permanent = Failure::permanent(ModelErrorKind::Status(400), "bad");
        assert!(Retries::default().pause(1, permanent, 0.5).is_err());
    }

    #[test]
    fn pauses_are_read_in_all_their_forms() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        type Case = (&'static [(&'static str, &'static str)], Option<Duration>);
        let cases: [Case; 9] = [
            (&[("retry-after", "7")], Some(Duration::from_secs(7))),
            (&[("retry-after", " 1.5 ")], Some(Duration::from_millis(1500))),
            (&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], Some(Duration::from_secs(30))),
            (&[("retry-after", "Sun, 06 Nov 1994 08:40:07 GMT")], Some(Duration::ZERO)),
            (&[("retry-after", "9"), ("retry-after-ms", "20")], Some(Duration::from_millis(20))),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "1e300")], Some(Duration::MAX)),
            (&[], None),
        ];
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                );
            }
            assert_eq!(wanted_pause(&map, now), expected, "{headers:?}");
        }
    }
}

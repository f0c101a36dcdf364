//! Workers that call a tool, each when its former call is answered.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mcp_runtime::client::{Client, Error};
use mcp_runtime::protocol::CallToolResult;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::output::{one_line, screen};

/// Digits that the histogram keeps of a latency.
const DIGITS: u8 = 3;

/// Failures of the connection in a row after which a worker gives up.
const MAX_BROKEN: u32 = 10;

/// Time between two updates of the bar.
const TICK: Duration = Duration::from_millis(200);

/// Calls of a tool.
pub(super) struct Load {
    pub(super) tool: String,
    pub(super) input: Map<String, Value>,
    pub(super) timeout: Duration,
}

/// End of a run, and its progress.
pub(super) struct Plan {
    started: Mutex<Option<Instant>>,
    ended: Mutex<Option<Instant>>,
    time: Option<Duration>,
    /// Calls that may still begin.
    remaining: AtomicU64,
    total: u64,
    answered: AtomicU64,
    failed: AtomicU64,
}

/// Failed calls by kind.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Failures {
    /// Results with `isError`.
    pub(super) tool: u64,
    /// Errors of the protocol.
    pub(super) protocol: u64,
    pub(super) timeout: u64,
    pub(super) connection: u64,
}

/// Measurements of one worker or of all.
pub(super) struct Tally {
    /// Latencies of successful calls, in nanoseconds.
    pub(super) latencies: Histogram<u64>,
    pub(super) failures: Failures,
    /// Message of the first failure.
    pub(super) first_failure: Option<String>,
}

impl Plan {
    pub(super) fn of_calls(calls: u64) -> Self {
        Self {
            started: Mutex::new(None),
            ended: Mutex::new(None),
            time: None,
            remaining: AtomicU64::new(calls),
            total: calls,
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    pub(super) fn of_time(time: Duration) -> Self {
        Self { time: Some(time), ..Self::of_calls(u64::MAX) }
    }

    /// Time between the start of the first call and the end of the last one.
    pub(super) fn elapsed(&self) -> Duration {
        let at =
            |time: &Mutex<Option<Instant>>| *time.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(started) = at(&self.started) else { return Duration::ZERO };
        at(&self.ended).unwrap_or_else(Instant::now) - started
    }

    fn set(time: &Mutex<Option<Instant>>) {
        *time.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Takes one of the calls, if the run goes on.
    fn take(&self) -> bool {
        let one_less = |count: u64| count.checked_sub(1);
        self.time.is_none_or(|time| self.elapsed() < time)
            && self.remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// Shows the progress.
    fn show(&self) {
        let (answered, failed) =
            (self.answered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        let elapsed = self.elapsed().as_secs_f64();
        let rate = answered as f64 / elapsed.max(f64::EPSILON);
        let mut message = format!("{answered} calls, {rate:.0}/s");
        if failed > 0 {
            message += &format!(", {failed} failed");
        }
        let (done, all) = match self.time {
            Some(time) => (elapsed, time.as_secs_f64()),
            None => (answered as f64, self.total as f64),
        };
        screen::bar(&message, (done / all).clamp(0.0, 1.0));
    }
}

impl Load {
    /// Runs the workers to the end of the plan, or to an interrupt. Returns `true` for the latter.
    pub(super) async fn run<I: Future<Output = ()>>(
        &self,
        clients: &[Client],
        concurrency: u32,
        plan: &Arc<Plan>,
        interrupt: &mut Pin<&mut I>,
    ) -> (Tally, bool) {
        let (stop, stopped) = watch::channel(false);
        let mut workers = JoinSet::new();
        Plan::set(&plan.started);
        for client in clients.iter().cycle().take(concurrency as usize) {
            let worker = Worker {
                client: client.clone(),
                tool: self.tool.clone(),
                input: self.input.clone(),
                timeout: self.timeout,
                plan: Arc::clone(plan),
            };
            workers.spawn(worker.run(stopped.clone()));
        }
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (mut tally, mut is_interrupted) = (Tally::new(), false);
        loop {
            tokio::select! {
                worker = workers.join_next() => match worker {
                    Some(worker) => tally.add(worker.unwrap_or_else(|_| Tally::new())),
                    None => break,
                },
                () = interrupt.as_mut(), if !is_interrupted => {
                    is_interrupted = true;
                    stop.send_replace(true);
                }
                _ = tick.tick() => plan.show(),
            }
        }
        Plan::set(&plan.ended);
        (tally, is_interrupted)
    }
}

struct Worker {
    client: Client,
    tool: String,
    input: Map<String, Value>,
    timeout: Duration,
    plan: Arc<Plan>,
}

impl Worker {
    async fn run(self, mut stopped: watch::Receiver<bool>) -> Tally {
        let mut tally = Tally::new();
        let mut broken = 0;
        while broken < MAX_BROKEN && self.plan.take() {
            let started = Instant::now();
            let call = self.client.call(&*self.tool, &self.input).timeout(self.timeout);
            // Dropping the call cancels it.
            let outcome = tokio::select! {
                outcome = call => outcome,
                _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
            };
            let is_ok = tally.record(outcome, started.elapsed(), &mut broken);
            self.plan.answered.fetch_add(1, Ordering::Relaxed);
            self.plan.failed.fetch_add(u64::from(!is_ok), Ordering::Relaxed);
            if self.client.is_closed() {
                break;
            }
        }
        tally
    }
}

impl Tally {
    fn new() -> Self {
        let latencies = match Histogram::new(DIGITS) {
            Ok(histogram) => histogram,
            Err(error) => unreachable!("{DIGITS} digits are allowed: {error}"),
        };
        Self { latencies, failures: Failures::default(), first_failure: None }
    }

    fn add(&mut self, other: Self) {
        let Failures { tool, protocol, timeout, connection } = other.failures;
        self.failures.tool += tool;
        self.failures.protocol += protocol;
        self.failures.timeout += timeout;
        self.failures.connection += connection;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        // Both grow with what they record.
        let _ = self.latencies.add(other.latencies);
    }

    /// Counts a call. Returns `true` if it succeeded.
    fn record(
        &mut self,
        outcome: Result<CallToolResult, Error>,
        latency: Duration,
        broken: &mut u32,
    ) -> bool {
        let (kind, message) = match outcome {
            Ok(result) if !result.is_error => {
                *broken = 0;
                let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
                // It grows with its values. `saturating_record` would not let it.
                let _ = self.latencies.record(nanoseconds.max(1));
                return true;
            }
            Ok(result) => {
                *broken = 0;
                (&mut self.failures.tool, result.to_text())
            }
            Err(error) => {
                let message = error.report().to_string();
                match error {
                    Error::Tool { .. } => {
                        *broken = 0;
                        (&mut self.failures.tool, message)
                    }
                    Error::Timeout { .. } => (&mut self.failures.timeout, message),
                    Error::Remote(_) | Error::InvalidOutput { .. } | Error::Protocol { .. } => {
                        *broken = 0;
                        (&mut self.failures.protocol, message)
                    }
                    _ => {
                        *broken += 1;
                        (&mut self.failures.connection, message)
                    }
                }
            }
        };
        *kind += 1;
        self.first_failure.get_or_insert_with(|| one_line(&message));
        false
    }
}

impl Failures {
    /// Calls that the server has answered.
    pub(super) fn answered(&self) -> u64 {
        self.tool + self.protocol
    }

    pub(super) fn count(&self) -> u64 {
        self.tool + self.protocol + self.timeout + self.connection
    }
}

//! Time that this program spends computing, because a client at its limit measures itself.

use std::time::Instant;

use serde::Serialize;

/// Start of a measurement.
pub(super) struct Processor {
    started: Instant,
    seconds: Option<f64>,
}

/// Processors that this program has used.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Usage {
    /// Number of processors that were busy with this program, on average.
    pub(super) processors: f64,
    /// Number of processors of this machine.
    pub(super) available: usize,
}

impl Processor {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), seconds: seconds() }
    }

    /// Use since the start; `None` where the system does not report it.
    pub(super) fn usage(&self) -> Option<Usage> {
        let elapsed = self.started.elapsed().as_secs_f64();
        let used = seconds()? - self.seconds?;
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        Some(Usage { processors: used / elapsed.max(f64::EPSILON), available })
    }
}

impl Usage {
    /// `true` if this program may be what limits the figures: it used a whole processor, or half of the
    /// machine.
    pub(super) fn is_limit(self) -> bool {
        let Self { processors, available } = self;
        processors >= 0.9 || processors >= available as f64 / 2.0
    }
}

/// Processor time of this process.
#[cfg(unix)]
fn seconds() -> Option<f64> {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(unix))]
fn seconds() -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_client_is_a_limit() {
        for (processors, available, expected) in
            [(0.1, 2, false), (0.89, 8, false), (0.95, 8, true), (0.5, 1, true), (1.5, 2, true)]
        {
            assert_eq!(Usage { processors, available }.is_limit(), expected, "{processors}");
        }
    }
}

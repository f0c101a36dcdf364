//! Servers whose store fails, at each of its operations in turn.

#[cfg(feature = "http")]
mod sessions;
mod tasks;

use std::time::Duration;

use crate::store::faulty::{Faults, Moment};

/// Numbers of failures in a row, and their moments.
const KINDS: [(usize, Moment); 4] =
    [(1, Moment::Before), (3, Moment::Before), (1, Moment::After), (3, Moment::After)];

/// Most operations of one run.
const MAX_OPERATIONS: usize = 500;

/// Runs with a failure at each operation, until there is none. Time is paused, so nothing but the limit ends
/// what hangs.
async fn at_each_operation(run: impl AsyncFn(&Faults, &str)) {
    for (failures, moment) in KINDS {
        for count in 0.. {
            assert!(count < MAX_OPERATIONS, "there are always failures");
            let faults = Faults::at(count, failures, moment);
            let what = format!("operation {count}, {failures} failures, {moment:?}");
            let limit = Duration::from_secs(24 * 60 * 60);
            let ended = tokio::time::timeout(limit, run(&faults, &what)).await;
            assert!(ended.is_ok(), "{what}: hangs");
            if !faults.end() {
                assert!(count > 3, "{count} operations");
                break;
            }
        }
    }
}

//! Resources held by this process: tasks, file descriptors, processes and memory.

use std::alloc::System;
use std::fs;
use std::time::Instant;

use mcp_tests::process::TEST_TIMEOUT;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Number of additional allocations allowed after a thousand rounds. Half an allocation per round
/// would be a leak. Buffers that grow once and queues of the runtime account for a few.
const MORE_PIECES: usize = 300;

/// Additional bytes allowed after a thousand rounds.
const MORE_BYTES: usize = 200 << 10;

/// Resources held at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    tasks: usize,
    descriptors: usize,
    children: usize,
    pieces: usize,
    bytes: usize,
}

impl Held {
    /// Resources held now, including the current runtime.
    pub(crate) fn now() -> Self {
        let memory = INSTRUMENTED_SYSTEM.stats();
        Self {
            tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            children: children(),
            pieces: memory.allocations - memory.deallocations,
            bytes: memory.bytes_allocated - memory.bytes_deallocated,
        }
    }

    /// Waits until there are no more tasks, descriptors and processes than before.
    pub(crate) async fn is_reached(self) {
        self.wait("live", |now| {
            now.tasks <= self.tasks
                && now.descriptors <= self.descriptors
                && now.children <= self.children
        })
        .await;
    }

    /// Waits until nothing more is held than before, except a little memory.
    pub(crate) async fn is_reached_with_memory(self) {
        self.is_reached().await;
        self.wait("held in memory", |now| {
            now.pieces <= self.pieces + MORE_PIECES && now.bytes <= self.bytes + MORE_BYTES
        })
        .await;
    }

    async fn wait(self, what: &str, is_fine: impl Fn(Self) -> bool) {
        let started = Instant::now();
        loop {
            let now = Self::now();
            if is_fine(now) {
                return;
            }
            assert!(started.elapsed() < TEST_TIMEOUT, "{what}: {now:?}, and before: {self:?}");
            tokio::task::yield_now().await;
        }
    }
}

/// Number of child processes, zombies included.
fn children() -> usize {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&own)
        })
        .count()
}

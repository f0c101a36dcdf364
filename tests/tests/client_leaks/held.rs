//! What this process holds: tasks, descriptors, processes and memory.

use std::alloc::System;
use std::fs;
use std::time::Instant;

use mcp_tests::process::PATIENCE;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many pieces of memory may be held more after a thousand rounds than before: half a piece a
/// round would already be a leak. Buffers that grow once and queues of the runtime account for a few.
const MORE_PIECES: usize = 300;

/// The same in bytes.
const MORE_BYTES: usize = 200 << 10;

/// What is held at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    tasks: usize,
    descriptors: usize,
    children: usize,
    pieces: usize,
    bytes: usize,
}

impl Held {
    /// What is held now, in the runtime that this is called in.
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

    /// Waits until there are no more tasks, descriptors and processes than there were.
    pub(crate) async fn is_reached(self) {
        self.wait("live", |now| {
            now.tasks <= self.tasks
                && now.descriptors <= self.descriptors
                && now.children <= self.children
        })
        .await;
    }

    /// Waits until nothing more is held than was, but for a little memory.
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
            assert!(started.elapsed() < PATIENCE, "{what}: {now:?}, and before: {self:?}");
            tokio::task::yield_now().await;
        }
    }
}

/// How many processes have this one as their parent, ended ones that nobody waited for included.
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

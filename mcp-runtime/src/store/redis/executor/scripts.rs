//! The scripts for leases.

use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::{GROUP, milliseconds};
use crate::store::executor::Lease;
use crate::store::redis::names::Names;
use crate::store::redis::query::Query;

/// Time after which a consumer without leases has ended, if it sends nothing.
const IDLE: Duration = Duration::from_secs(60 * 60);

pub(super) struct Scripts {
    keep_alive: Script,
    repair: Script,
    remove: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            keep_alive: Script::new(include_str!("keep_alive.lua")),
            repair: Script::new(include_str!("repair.lua")),
            remove: Script::new(include_str!("remove.lua")),
        }
    }

    /// Extends the leases of a consumer. Returns the entries of those that are lost.
    pub(super) fn keep_alive(&self, names: &Names, consumer: &str, leases: &[Lease]) -> Query<'_> {
        let mut call = on_stream(&self.keep_alive, names);
        call.arg(consumer);
        for lease in leases {
            call.arg(&lease.job).arg(&lease.entry);
        }
        Query::Batch(call)
    }

    /// Submits those jobs of a set again that have no entry. Returns their number.
    pub(super) fn repair(&self, names: &Names, set: &str, jobs: &[String]) -> Query<'_> {
        let mut call = on_stream(&self.repair, names);
        call.key(names.set(set)).arg(jobs);
        Query::Batch(call)
    }

    /// Removes a consumer, if it has no leases.
    pub(super) fn remove(&self, names: &Names, consumer: &str) -> Query<'_> {
        let mut call = on_stream(&self.remove, names);
        call.arg(0).arg(consumer);
        Query::Batch(call)
    }

    /// Removes all consumers that have no leases and have sent nothing for long.
    pub(super) fn remove_idle(&self, names: &Names) -> Query<'_> {
        let mut call = on_stream(&self.remove, names);
        call.arg(milliseconds(IDLE));
        Query::Batch(call)
    }
}

fn on_stream<'a>(script: &'a Script, names: &Names) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    call.key(names.stream()).key(names.entries()).arg(GROUP);
    call
}

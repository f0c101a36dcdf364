//! Batches as calls of a script, which Redis carries out as a whole.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::executor::GROUP;
use super::names::Names;
use super::query::Query;
use crate::random_id::random_id;
use crate::store::batch::{Batch, Held, Write};
use crate::store::clock::{NEVER, expiry};
use crate::store::error::{StoreError, StoreErrorKind};

/// Time for which Redis remembers that it has carried out a batch. It is longer than batches are
/// repeated.
const MARKED_FOR: Duration = Duration::from_secs(60);

/// Redis refuses times that are later, and numbers in scripts are exact up to this one.
const LATEST: u64 = 1 << 53;

/// The script that carries out batches.
pub(super) struct BatchScript {
    script: Script,
    /// Random part of the names of batches.
    process: String,
    count: AtomicU64,
}

impl BatchScript {
    pub(super) fn new() -> Result<Self, StoreError> {
        let process = random_id().map_err(|error| {
            let message = "the operating system provides no random numbers";
            StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
        })?;
        Ok(Self {
            script: Script::new(include_str!("batch.lua")),
            process,
            count: AtomicU64::new(0),
        })
    }

    /// A name for this process.
    pub(super) fn process(&self) -> String {
        format!("{}.{:x}", self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// A call that carries out the batch once, also if it is sent repeatedly.
    pub(super) fn invocation(&self, batch: &Batch, names: &Names) -> Query<'_> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let mut call = self.script.prepare_invoke();
        call.key(names.version());
        call.key(names.mark(&format!("{}.{number:x}", self.process)));
        call.arg(u64::try_from(MARKED_FOR.as_millis()).unwrap_or(u64::MAX));
        call.arg(batch.expected.len());
        for (key, version) in &batch.expected {
            call.key(names.record(key));
            call.arg(version.map_or_else(String::new, |version| version.to_string()));
        }
        call.arg(batch.fewer.len());
        for (set, count) in &batch.fewer {
            call.key(names.set(set)).arg(*count);
        }
        call.arg(usize::from(batch.held.is_some()));
        if let Some(Held { consumer, entry }) = &batch.held {
            call.key(names.stream()).arg(GROUP).arg(consumer).arg(entry);
        }
        call.arg(batch.writes.len());
        for write in &batch.writes {
            add_write(&mut call, write, names);
        }
        for (topic, message) in &batch.messages {
            call.arg(names.channel(topic)).arg(&message[..]);
        }
        Query::Batch(call)
    }
}

fn add_write(call: &mut ScriptInvocation<'_>, write: &Write, names: &Names) {
    let expiry = |time| match expiry(time) {
        NEVER => String::new(),
        millis => millis.min(LATEST).to_string(),
    };
    match write {
        Write::Put { key, value, expires } => {
            call.key(names.record(key)).arg("put").arg(&value[..]).arg(expiry(*expires))
        }
        Write::Remove { key } => call.key(names.record(key)).arg("remove"),
        Write::Append { log, entry, expires } => {
            call.key(names.log(log)).arg("append").arg(&entry[..]).arg(expiry(*expires))
        }
        Write::RemoveLog { log } => call.key(names.log(log)).arg("remove"),
        Write::Add { set, member } => call.key(names.set(set)).arg("add").arg(member),
        Write::Take { set, member } => call.key(names.set(set)).arg("take").arg(member),
        Write::Submit { job } => {
            call.key(names.stream()).key(names.entries()).arg("submit").arg(job)
        }
        Write::Settle { job, entry } => {
            call.key(names.stream()).key(names.entries());
            call.arg("settle").arg(job).arg(GROUP).arg(entry)
        }
    };
}

//! A store in the memory of the process.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::backend::{Backend, Stored};
use super::batch::{Batch, Committed, Record, Version, Write};
use super::clock::{Clock, NEVER, expiry};
use super::topics::{Listener, Topics};

/// Expired records and logs that one batch removes beside its own writes.
const SWEPT_PER_BATCH: usize = 64;

/// The backend of `Store::memory`.
pub(super) struct Memory {
    clock: Clock,
    data: Mutex<Data>,
    topics: Topics,
}

#[derive(Default)]
struct Data {
    /// Version of the last batch.
    version: Version,
    records: BTreeMap<String, Expiring<Record>>,
    logs: BTreeMap<String, Expiring<Vec<Bytes>>>,
    sets: BTreeMap<String, BTreeSet<String>>,
    /// Times of expiry with the names of what expires then.
    expiries: BTreeSet<(u64, Name)>,
}

struct Expiring<T> {
    expires: u64,
    value: T,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Record(String),
    Log(String),
}

impl Memory {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, data: Mutex::default(), topics: Topics::default() }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&Data, u64) -> T) -> Stored<'_, T>
    where
        T: Send + 'static,
    {
        let value = read(&self.data(), self.clock.now());
        Box::pin(std::future::ready(Ok(value)))
    }
}

impl Backend for Memory {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Record>> {
        self.read(|data, now| data.record(key, now).cloned())
    }

    fn commit(&self, batch: Batch) -> Stored<'_, Committed> {
        Box::pin(async move {
            let mut batch = batch;
            let messages = std::mem::take(&mut batch.messages);
            let committed = self.data().commit(batch, self.clock.now());
            if committed != Committed::Conflict {
                self.topics.publish(messages);
            }
            Ok(committed)
        })
    }

    fn entries<'a>(
        &'a self,
        log: &'a str,
        after: u64,
        limit: usize,
    ) -> Stored<'a, Vec<(u64, Bytes)>> {
        self.read(|data, now| {
            let Some(log) = data.logs.get(log).filter(|log| now < log.expires) else {
                return Vec::new();
            };
            let skipped = usize::try_from(after).unwrap_or(usize::MAX);
            let numbered = (1..).zip(log.value.iter().cloned());
            numbered.skip(skipped).take(limit).collect()
        })
    }

    fn members<'a>(
        &'a self,
        set: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Stored<'a, Vec<String>> {
        self.read(|data, _| {
            let Some(set) = data.sets.get(set) else { return Vec::new() };
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            set.range::<str, _>((from, Bound::Unbounded)).take(limit).cloned().collect()
        })
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Stored<'a, Listener> {
        Box::pin(std::future::ready(Ok(self.topics.subscribe(topic))))
    }

    fn is_persistent(&self) -> bool {
        false
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn description(&self) -> String {
        "memory".to_owned()
    }
}

impl Data {
    fn record(&self, key: &str, now: u64) -> Option<&Record> {
        self.records.get(key).filter(|record| now < record.expires).map(|record| &record.value)
    }

    fn commit(&mut self, batch: Batch, now: u64) -> Committed {
        self.sweep(now);
        let holds = |(key, version): &(String, Option<Version>)| {
            self.record(key, now).map(|record| record.version) == *version
        };
        let has_fewer =
            |(set, count): &(String, usize)| self.sets.get(set).map_or(0, BTreeSet::len) < *count;
        if !batch.expected.iter().all(holds) || !batch.fewer.iter().all(has_fewer) {
            return Committed::Conflict;
        }
        self.version += 1;
        for write in batch.writes {
            self.write(write, now);
        }
        Committed::Yes(self.version)
    }

    fn write(&mut self, write: Write, now: u64) {
        match write {
            Write::Put { key, value, expires } => self.put(key, value, expiry(expires)),
            Write::Remove { key } => {
                if let Some(record) = self.records.remove(&key) {
                    self.forget(record.expires, Name::Record(key));
                }
            }
            Write::Append { log, entry, expires } => self.append(log, entry, expiry(expires), now),
            Write::RemoveLog { log } => {
                if let Some(removed) = self.logs.remove(&log) {
                    self.forget(removed.expires, Name::Log(log));
                }
            }
            Write::Add { set, member } => {
                self.sets.entry(set).or_default().insert(member);
            }
            Write::Take { set, member } => {
                let Some(members) = self.sets.get_mut(&set) else { return };
                members.remove(&member);
                if members.is_empty() {
                    self.sets.remove(&set);
                }
            }
            // Only the executor of Redis writes these.
            #[cfg(feature = "store-redis")]
            Write::Submit { .. } | Write::Settle { .. } => {}
        }
    }

    fn put(&mut self, key: String, value: Bytes, expires: u64) {
        let record = Record { value, version: self.version };
        let before = self.records.insert(key.clone(), Expiring { expires, value: record });
        if let Some(before) = before {
            self.forget(before.expires, Name::Record(key.clone()));
        }
        self.remember(expires, Name::Record(key));
    }

    fn append(&mut self, name: String, entry: Bytes, expires: u64, now: u64) {
        let empty = || Expiring { expires: NEVER, value: Vec::new() };
        let log = self.logs.entry(name.clone()).or_insert_with(empty);
        let before = std::mem::replace(&mut log.expires, expires);
        if before <= now {
            log.value.clear();
        }
        log.value.push(entry);
        if before != expires {
            self.forget(before, Name::Log(name.clone()));
            self.remember(expires, Name::Log(name));
        }
    }

    fn remember(&mut self, expires: u64, name: Name) {
        if expires != NEVER {
            self.expiries.insert((expires, name));
        }
    }

    fn forget(&mut self, expires: u64, name: Name) {
        if expires != NEVER {
            self.expiries.remove(&(expires, name));
        }
    }

    /// Removes some of what has expired.
    fn sweep(&mut self, now: u64) {
        for _ in 0..SWEPT_PER_BATCH {
            match self.expiries.first() {
                Some((expires, _)) if *expires <= now => {}
                _ => return,
            }
            match self.expiries.pop_first() {
                Some((_, Name::Record(key))) => drop(self.records.remove(&key)),
                Some((_, Name::Log(log))) => drop(self.logs.remove(&log)),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::backend::Backend;
    use super::super::batch::Batch;
    use super::super::suite::conformance;
    use super::super::suite::trial::{Time, Trial};
    use super::Memory;

    async fn memory() -> Option<Trial> {
        let (time, clock) = Time::manual();
        Some(Trial::new(Memory::new(clock), time))
    }

    conformance!(memory);

    #[tokio::test]
    async fn what_has_expired_takes_no_memory() {
        let (time, clock) = Time::manual();
        let memory = Memory::new(clock);
        let soon = Some(time.now() + Duration::from_secs(1));
        for index in 0..1000 {
            let key = format!("key {index}");
            memory.commit(Batch::new().put(&key, "v", soon).append(&key, "e", soon)).await.unwrap();
        }
        assert_eq!(memory.data().expiries.len(), 2000);
        time.pass(Duration::from_secs(1)).await;
        for _ in 0..2000_usize.div_ceil(super::SWEPT_PER_BATCH) {
            memory.commit(Batch::new()).await.unwrap();
        }
        let data = memory.data();
        assert_eq!((data.records.len(), data.logs.len(), data.expiries.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn times_before_1970_have_expired() {
        let memory = Memory::new(Time::manual().1);
        let early = UNIX_EPOCH.checked_sub(Duration::from_secs(1));
        memory.commit(Batch::new().put("key", "v", early)).await.unwrap();
        assert_eq!(memory.get("key").await.unwrap(), None);
    }
}

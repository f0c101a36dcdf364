//! The tables of a store in a file.

use std::ops::Bound;

use bytes::Bytes;
use redb::{
    Database, Error, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction,
};

use crate::store::batch::{Batch, Committed, Record, Version, Write};
use crate::store::clock::{NEVER, expiry};

/// Format of the tables below. It changes when older versions of this library cannot read them.
pub(super) const FORMAT: u64 = 1;

/// Numbers of the store: its format, and the version of the last batch.
pub(super) const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("mcp.numbers");
pub(super) const FORMAT_NUMBER: &str = "format";
const VERSION_NUMBER: &str = "version";

/// Key → version, expiry, value.
const RECORDS: TableDefinition<'_, &str, (u64, u64, &[u8])> = TableDefinition::new("mcp.records");
/// Name of a log → number of its last entry, expiry.
const LOGS: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("mcp.logs");
const ENTRIES: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("mcp.entries");
const SETS: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("mcp.sets");
/// Names that expire, in the order of time. The second member is `RECORD` or `LOG`.
const EXPIRIES: TableDefinition<'_, (u64, u8, &str), ()> = TableDefinition::new("mcp.expiries");

const RECORD: u8 = 0;
const LOG: u8 = 1;

/// Expired records and logs that one transaction removes beside its own writes.
const SWEPT_PER_TRANSACTION: usize = 256;

/// The tables in a transaction that writes.
pub(super) struct Tables<'t> {
    now: u64,
    numbers: Table<'t, &'static str, u64>,
    records: Table<'t, &'static str, (u64, u64, &'static [u8])>,
    logs: Table<'t, &'static str, (u64, u64)>,
    entries: Table<'t, (&'static str, u64), &'static [u8]>,
    sets: Table<'t, (&'static str, &'static str), ()>,
    expiries: Table<'t, (u64, u8, &'static str), ()>,
}

impl<'t> Tables<'t> {
    /// Opens the tables, or creates them.
    pub(super) fn open(transaction: &'t WriteTransaction, now: u64) -> Result<Self, Error> {
        Ok(Self {
            now,
            numbers: transaction.open_table(NUMBERS)?,
            records: transaction.open_table(RECORDS)?,
            logs: transaction.open_table(LOGS)?,
            entries: transaction.open_table(ENTRIES)?,
            sets: transaction.open_table(SETS)?,
            expiries: transaction.open_table(EXPIRIES)?,
        })
    }

    /// Carries out a batch, or nothing of it.
    pub(super) fn apply(&mut self, batch: &Batch) -> Result<Committed, Error> {
        for (key, version) in &batch.expected {
            if self.version(key)? != *version {
                return Ok(Committed::Conflict);
            }
        }
        for (set, count) in &batch.fewer {
            if self.count_members(set, *count)? >= *count {
                return Ok(Committed::Conflict);
            }
        }
        let version = number(&self.numbers, VERSION_NUMBER)? + 1;
        if !batch.writes.is_empty() {
            self.numbers.insert(VERSION_NUMBER, version)?;
        }
        for write in &batch.writes {
            self.write(write, version)?;
        }
        Ok(Committed::Yes(version))
    }

    fn version(&self, key: &str) -> Result<Option<Version>, Error> {
        let record = self.records.get(key)?;
        Ok(record.and_then(|record| {
            let (version, expires, _) = record.value();
            (self.now < expires).then_some(version)
        }))
    }

    /// Number of members of a set, counted up to a limit.
    fn count_members(&self, set: &str, limit: usize) -> Result<usize, Error> {
        let mut count = 0;
        for key in self.sets.range((set, "")..)?.take(limit) {
            if key?.0.value().0 != set {
                break;
            }
            count += 1;
        }
        Ok(count)
    }

    fn write(&mut self, write: &Write, version: Version) -> Result<(), Error> {
        match write {
            Write::Put { key, value, expires } => self.put(key, value, expiry(*expires), version),
            Write::Remove { key } => self.remove(key),
            Write::Append { log, entry, expires } => self.append(log, entry, expiry(*expires)),
            Write::RemoveLog { log } => self.remove_log(log),
            Write::Add { set, member } => {
                self.sets.insert((set.as_str(), member.as_str()), ())?;
                Ok(())
            }
            Write::Take { set, member } => {
                self.sets.remove((set.as_str(), member.as_str()))?;
                Ok(())
            }
            // Only the executor of Redis writes these.
            #[cfg(feature = "store-redis")]
            Write::Submit { .. } | Write::Settle { .. } => Ok(()),
        }
    }

    fn put(&mut self, key: &str, value: &[u8], expires: u64, version: u64) -> Result<(), Error> {
        let before = self.records.insert(key, (version, expires, value))?;
        let before = before.map_or(NEVER, |record| record.value().1);
        self.move_expiry(RECORD, key, before, expires)
    }

    fn remove(&mut self, key: &str) -> Result<(), Error> {
        let before = self.records.remove(key)?.map_or(NEVER, |record| record.value().1);
        self.move_expiry(RECORD, key, before, NEVER)
    }

    fn append(&mut self, log: &str, entry: &[u8], expires: u64) -> Result<(), Error> {
        let (mut last, before) = self.logs.get(log)?.map_or((0, NEVER), |log| log.value());
        if before <= self.now {
            self.remove_entries(log)?;
            last = 0;
        }
        self.entries.insert((log, last + 1), entry)?;
        self.logs.insert(log, (last + 1, expires))?;
        self.move_expiry(LOG, log, before, expires)
    }

    fn remove_log(&mut self, log: &str) -> Result<(), Error> {
        let before = self.logs.remove(log)?.map_or(NEVER, |log| log.value().1);
        self.remove_entries(log)?;
        self.move_expiry(LOG, log, before, NEVER)
    }

    fn remove_entries(&mut self, log: &str) -> Result<(), Error> {
        Ok(self.entries.retain_in((log, 0)..=(log, u64::MAX), |_, _| false)?)
    }

    fn move_expiry(&mut self, kind: u8, name: &str, from: u64, to: u64) -> Result<(), Error> {
        if from != NEVER && from != to {
            self.expiries.remove((from, kind, name))?;
        }
        if to != NEVER && from != to {
            self.expiries.insert((to, kind, name), ())?;
        }
        Ok(())
    }

    /// Number of rows that depend on keys, logs and sets.
    #[cfg(test)]
    pub(super) fn row_count(&self) -> u64 {
        use redb::ReadableTableMetadata;

        let rows = [self.records.len(), self.logs.len(), self.entries.len(), self.sets.len()];
        rows.into_iter().chain([self.expiries.len()]).map(Result::unwrap).sum()
    }

    /// Removes some of what has expired. Returns `true` if there is more.
    pub(super) fn sweep(&mut self) -> Result<bool, Error> {
        for _ in 0..SWEPT_PER_TRANSACTION {
            let Some((kind, name)) = self.first_expired()? else { return Ok(false) };
            match kind {
                RECORD => self.remove(&name)?,
                _ => self.remove_log(&name)?,
            }
        }
        Ok(true)
    }

    fn first_expired(&self) -> Result<Option<(u8, String)>, Error> {
        let Some((key, ())) = self.expiries.first()?.map(|(key, value)| (key, value.value()))
        else {
            return Ok(None);
        };
        let (expires, kind, name) = key.value();
        Ok((expires <= self.now).then(|| (kind, name.to_owned())))
    }
}

/// Reads one of the numbers of the store; 0 if it was never written.
pub(super) fn number(
    numbers: &impl ReadableTable<&'static str, u64>,
    name: &str,
) -> Result<u64, Error> {
    Ok(numbers.get(name)?.map_or(0, |number| number.value()))
}

/// Removes everything that has expired.
pub(super) fn sweep_all(database: &Database, now: u64) -> Result<(), Error> {
    loop {
        let transaction = database.begin_write()?;
        let (has_expired, has_more) = {
            let mut tables = Tables::open(&transaction, now)?;
            (tables.first_expired()?.is_some(), tables.sweep()?)
        };
        if !has_expired {
            return Ok(transaction.abort()?);
        }
        transaction.commit()?;
        if !has_more {
            return Ok(());
        }
    }
}

pub(super) fn record(database: &Database, key: &str, now: u64) -> Result<Option<Record>, Error> {
    let records = database.begin_read()?.open_table(RECORDS)?;
    let Some(record) = ReadableTable::get(&records, key)? else { return Ok(None) };
    let (version, expires, value) = record.value();
    Ok((now < expires).then(|| Record { value: Bytes::copy_from_slice(value), version }))
}

pub(super) fn entries(
    database: &Database,
    log: &str,
    after: u64,
    limit: usize,
    now: u64,
) -> Result<Vec<(u64, Bytes)>, Error> {
    let transaction = database.begin_read()?;
    let logs = transaction.open_table(LOGS)?;
    let expires = ReadableTable::get(&logs, log)?.map(|log| log.value().1);
    let Some(first) = after.checked_add(1).filter(|_| expires.is_some_and(|time| now < time))
    else {
        return Ok(Vec::new());
    };
    let entries = transaction.open_table(ENTRIES)?;
    let range = ReadableTable::range(&entries, (log, first)..=(log, u64::MAX))?;
    let read = range.take(limit).map(|entry| {
        let (key, entry) = entry?;
        Ok((key.value().1, Bytes::copy_from_slice(entry.value())))
    });
    read.collect()
}

pub(super) fn members(
    database: &Database,
    set: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<String>, Error> {
    let sets = database.begin_read()?.open_table(SETS)?;
    let from = match after {
        Some(after) => Bound::Excluded((set, after)),
        None => Bound::Included((set, "")),
    };
    let mut members = Vec::new();
    for key in ReadableTable::range(&sets, (from, Bound::Unbounded))?.take(limit) {
        let (key, _) = key?;
        let (owner, member) = key.value();
        if owner != set {
            break;
        }
        members.push(member.to_owned());
    }
    Ok(members)
}

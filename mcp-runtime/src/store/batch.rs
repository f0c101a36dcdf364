//! Writes that are carried out together, and what they expect.

use std::time::SystemTime;

use bytes::Bytes;

/// Version of a record: a number that grows with each batch and never comes back for the same key.
pub(crate) type Version = u64;

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) value: Bytes,
    pub(crate) version: Version,
}

/// Writes that are carried out together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Versions that records must have; `None` for a record that must not exist.
    pub(super) expected: Vec<(String, Option<Version>)>,
    /// Sets that must have fewer members than a number.
    pub(super) fewer: Vec<(String, usize)>,
    /// Lease that its consumer must still hold. It is extended.
    #[cfg(feature = "store-redis")]
    pub(super) held: Option<Held>,
    pub(super) writes: Vec<Write>,
    /// Messages for topics. They are sent after the writes, and may be lost.
    pub(super) messages: Vec<(String, Bytes)>,
}

/// An entry of the stream of jobs, and the consumer that has a lease on it.
#[cfg(feature = "store-redis")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) consumer: String,
    pub(super) entry: String,
}

/// One write of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Put {
        key: String,
        value: Bytes,
        expires: Option<SystemTime>,
    },
    Remove {
        key: String,
    },
    Append {
        log: String,
        entry: Bytes,
        expires: Option<SystemTime>,
    },
    RemoveLog {
        log: String,
    },
    Add {
        set: String,
        member: String,
    },
    Take {
        set: String,
        member: String,
    },
    /// Puts a job into the stream of Redis.
    #[cfg(feature = "store-redis")]
    Submit {
        job: String,
    },
    /// Removes the entry of a job from the stream of Redis.
    #[cfg(feature = "store-redis")]
    Settle {
        job: String,
        entry: String,
    },
}

/// Outcome of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Committed {
    /// All writes were carried out. Every record that the batch wrote has this version.
    Yes(Version),
    /// An expectation did not hold, and nothing was written.
    Conflict,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Requires that a record has a version.
    pub(crate) fn expect(mut self, key: impl Into<String>, version: Version) -> Self {
        self.expected.push((key.into(), Some(version)));
        self
    }

    /// Requires that a record does not exist.
    pub(crate) fn expect_absent(mut self, key: impl Into<String>) -> Self {
        self.expected.push((key.into(), None));
        self
    }

    /// Requires that a set has fewer members than a number.
    pub(crate) fn expect_fewer(mut self, set: impl Into<String>, count: usize) -> Self {
        self.fewer.push((set.into(), count));
        self
    }

    /// Writes a record. Without an expiry it stays until it is removed.
    pub(crate) fn put(
        self,
        key: impl Into<String>,
        value: impl Into<Bytes>,
        expires: Option<SystemTime>,
    ) -> Self {
        self.write(Write::Put { key: key.into(), value: value.into(), expires })
    }

    /// Removes a record, if it exists.
    pub(crate) fn remove(self, key: impl Into<String>) -> Self {
        self.write(Write::Remove { key: key.into() })
    }

    /// Appends an entry to a log and sets the expiry of the whole log.
    pub(crate) fn append(
        self,
        log: impl Into<String>,
        entry: impl Into<Bytes>,
        expires: Option<SystemTime>,
    ) -> Self {
        self.write(Write::Append { log: log.into(), entry: entry.into(), expires })
    }

    /// Removes a log with all its entries. Its next entry has the number 1 again.
    pub(crate) fn remove_log(self, log: impl Into<String>) -> Self {
        self.write(Write::RemoveLog { log: log.into() })
    }

    /// Adds a member to a set.
    pub(crate) fn add(self, set: impl Into<String>, member: impl Into<String>) -> Self {
        self.write(Write::Add { set: set.into(), member: member.into() })
    }

    /// Removes a member from a set, if it is there.
    pub(crate) fn take(self, set: impl Into<String>, member: impl Into<String>) -> Self {
        self.write(Write::Take { set: set.into(), member: member.into() })
    }

    /// Sends a message to the listeners of a topic, once the writes were carried out.
    ///
    /// An empty message has the same meaning as lost ones: read again.
    pub(crate) fn publish(mut self, topic: impl Into<String>, message: impl Into<Bytes>) -> Self {
        self.messages.push((topic.into(), message.into()));
        self
    }

    /// Requires that a consumer still has its lease on an entry, and extends it.
    #[cfg(feature = "store-redis")]
    pub(super) fn held(mut self, consumer: &str, entry: &str) -> Self {
        self.held = Some(Held { consumer: consumer.to_owned(), entry: entry.to_owned() });
        self
    }

    /// Puts a job into the stream.
    #[cfg(feature = "store-redis")]
    pub(super) fn submit(self, job: impl Into<String>) -> Self {
        self.write(Write::Submit { job: job.into() })
    }

    /// Removes the entry of a job from the stream.
    #[cfg(feature = "store-redis")]
    pub(super) fn settle(self, job: impl Into<String>, entry: impl Into<String>) -> Self {
        self.write(Write::Settle { job: job.into(), entry: entry.into() })
    }

    fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }
}

//! Names of keys and channels in Redis.

/// Beginning of all names. The braces put all keys into one slot of a cluster.
pub(super) const PREFIX: &str = "{mcp}:";

/// Names of the keys and channels of one database.
#[derive(Clone)]
pub(super) struct Names {
    keys: String,
    /// Channels do not belong to a database, so their names contain its number.
    channels: String,
}

impl Names {
    pub(super) fn new(prefix: &str, database: i64) -> Self {
        Self { keys: prefix.to_owned(), channels: format!("{prefix}topic:{database}:") }
    }

    /// The version of the last batch.
    pub(super) fn version(&self) -> String {
        format!("{}version", self.keys)
    }

    /// The mark of a batch that was carried out.
    pub(super) fn mark(&self, batch: &str) -> String {
        format!("{}batch:{batch}", self.keys)
    }

    pub(super) fn record(&self, key: &str) -> String {
        format!("{}record:{key}", self.keys)
    }

    pub(super) fn log(&self, log: &str) -> String {
        format!("{}log:{log}", self.keys)
    }

    pub(super) fn set(&self, set: &str) -> String {
        format!("{}set:{set}", self.keys)
    }

    /// The stream of the jobs.
    pub(super) fn stream(&self) -> String {
        format!("{}tasks", self.keys)
    }

    /// The hash with the entry of each job in the stream.
    pub(super) fn entries(&self) -> String {
        format!("{}tasks:entries", self.keys)
    }

    /// The mark of the last search for jobs without an entry.
    pub(super) fn repaired(&self) -> String {
        format!("{}tasks:repaired", self.keys)
    }

    pub(super) fn channel(&self, topic: &str) -> String {
        format!("{}{topic}", self.channels)
    }

    /// The topic of a channel.
    pub(super) fn topic<'a>(&self, channel: &'a str) -> Option<&'a str> {
        channel.strip_prefix(&self.channels)
    }
}

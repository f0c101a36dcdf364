//! The audit log: one record for each decision and each call.

mod file;
mod log;
pub(crate) mod record;
mod redaction;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::file::RotatingFile;
use self::log::AuditLog;
use self::record::AuditRecord;
use crate::component::observer::Observer;

/// Number of records that wait to be written by default.
const QUEUE: usize = 4096;

/// An audit log: who has called what, with which arguments, what was decided, and how it ended. See
/// [`Server::audit`](crate::Server::audit).
///
/// Records are written by a thread of their own, so that writing never blocks a handler. While more than
/// [`queue`](Self::queue) records wait, further calls wait before they begin, so that no record is lost; see
/// [`drop_when_full`](Self::drop_when_full). The records that wait are written when the server ends.
///
/// ```no_run
/// use mcp_runtime::Server;
/// use mcp_runtime::audit::Audit;
///
/// let audit = Audit::file("audit.jsonl").rotate(64 << 20, 10);
/// let server = Server::new("demo", "1.0.0").audit(audit);
/// # drop(server);
/// ```
#[must_use]
pub struct Audit {
    target: Target,
    rotation: Option<(u64, usize)>,
    settings: Settings,
}

enum Target {
    File(PathBuf),
    Function(Box<dyn FnMut(&AuditRecord) + Send>),
}

/// Settings of an audit log.
#[derive(Clone, Copy)]
struct Settings {
    queue: usize,
    drops_when_full: bool,
    records_all: bool,
}

impl Audit {
    /// Creates a log in a file, with one JSON object a line. The file is created if it does not exist, and
    /// can be read by its user only; a file that exists is continued.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::of(Target::File(path.as_ref().to_owned()))
    }

    /// Creates a log of which a function gets the records, in a thread of its own.
    ///
    /// ```
    /// use mcp_runtime::audit::Audit;
    ///
    /// let audit = Audit::new(|record| {
    ///     if record.outcome.as_deref() == Some("denied") {
    ///         eprintln!("{}", record.to_json());
    ///     }
    /// });
    /// # drop(audit);
    /// ```
    pub fn new(write: impl FnMut(&AuditRecord) + Send + 'static) -> Self {
        Self::of(Target::Function(Box::new(write)))
    }

    fn of(target: Target) -> Self {
        let settings = Settings { queue: QUEUE, drops_when_full: false, records_all: false };
        Self { target, rotation: None, settings }
    }

    /// Begins a new file when the present one is larger than a number of bytes, and keeps some of those
    /// before it: `audit.jsonl.1` is the last one, `audit.jsonl.2` the one before. By default one file grows.
    pub fn rotate(mut self, max_bytes: u64, keep: usize) -> Self {
        self.rotation = Some((max_bytes.max(1), keep));
        self
    }

    /// Sets the number of records that may wait to be written; 4096 by default.
    pub fn queue(mut self, records: usize) -> Self {
        self.settings.queue = records.max(1);
        self
    }

    /// Drops records while too many wait, in place of letting calls wait. The next record that is written
    /// has the number of those that were dropped.
    pub fn drop_when_full(mut self) -> Self {
        self.settings.drops_when_full = true;
        self
    }

    /// Records every request, also lists and looks at tasks. By default those are recorded that use a
    /// component or change a task: `tools/call`, `resources/read`, `prompts/get`, `tasks/update`,
    /// `tasks/cancel` and methods of extensions.
    pub fn all_methods(mut self) -> Self {
        self.settings.records_all = true;
        self
    }

    /// Opens the file and starts the thread.
    ///
    /// # Errors
    /// The reason why there is no log.
    pub(crate) fn start(self) -> Result<Arc<dyn Observer>, String> {
        let failed = |error: io::Error| format!("the audit log cannot be started: {error}");
        let log = match self.target {
            Target::Function(mut write) => AuditLog::start(self.settings, move |records| {
                records.iter().for_each(&mut write);
                Ok(())
            }),
            Target::File(path) => {
                let mut file = RotatingFile::open(&path, self.rotation)
                    .map_err(|error| format!("the audit log {}: {error}", path.display()))?;
                AuditLog::start(self.settings, move |records| file.append(records))
            }
        };
        log.map(|log| Arc::new(log) as Arc<dyn Observer>).map_err(failed)
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").finish_non_exhaustive()
    }
}

//! The file of a store: opening it, opening it again after a failure, and its errors.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::backends::FileBackend;
use redb::{Builder, Database, DatabaseError, Error, StorageError, TableHandle};

use super::tables::{FORMAT, FORMAT_NUMBER, NUMBERS, Tables, number};
use crate::store::error::{StoreError, StoreErrorKind};

/// Memory for parts of the file.
const CACHE: usize = 64 << 20;

/// Opens the database without looking at its tables.
type Open = Box<dyn Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync>;

/// The file of a store.
pub(super) struct File {
    path: PathBuf,
    open: Open,
    database: RwLock<State>,
}

enum State {
    /// Not opened yet, or closed after a failure, which the database does not recover from.
    Closed,
    Open(Database),
    /// The store has been dropped.
    Ended,
}

impl File {
    pub(super) fn at(path: &Path) -> Self {
        Self::opened_by(path, Box::new(open))
    }

    pub(super) fn opened_by(path: &Path, open: Open) -> Self {
        Self { path: path.to_owned(), open, database: RwLock::new(State::Closed) }
    }

    /// The path, for messages.
    pub(super) fn name(&self) -> String {
        format!("`{}`", self.path.display())
    }

    /// Runs an operation on the open database. After a failure of the storage, the next operation opens
    /// the file again.
    pub(super) fn with<T>(
        &self,
        operation: impl FnOnce(&Database) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let guard = self.opened()?;
        let State::Open(database) = &*guard else { return Err(self.failed(Error::DatabaseClosed)) };
        // A file that another program has changed can make the database panic.
        let outcome = catch_unwind(AssertUnwindSafe(|| operation(database)));
        drop(guard);
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                self.close();
                Err(self.failed(error))
            }
            Err(_) => {
                self.close();
                Err(StoreError::new(
                    StoreErrorKind::Corrupt,
                    format!(
                        "the store {} is damaged: the database panicked; restore a copy, or move the \
                         file away",
                        self.name()
                    ),
                ))
            }
        }
    }

    /// Waits for operations and closes the file.
    pub(super) fn end(&self) {
        *self.state() = State::Ended;
    }

    fn opened(&self) -> Result<RwLockReadGuard<'_, State>, StoreError> {
        loop {
            let state = self.database.read().unwrap_or_else(PoisonError::into_inner);
            if !matches!(*state, State::Closed) {
                return Ok(state);
            }
            drop(state);
            let mut state = self.state();
            if matches!(*state, State::Closed) {
                *state = State::Open(self.open()?);
            }
        }
    }

    fn close(&self) {
        let mut state = self.state();
        if matches!(*state, State::Open(_)) {
            *state = State::Closed;
        }
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.database.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file and checks its format.
    fn open(&self) -> Result<Database, StoreError> {
        let database = catch_unwind(AssertUnwindSafe(|| {
            let database = (self.open)(&self.path)?;
            let format = format(&database)?;
            Ok((database, format))
        }));
        match database {
            Ok(Ok((database, Some(FORMAT)))) => Ok(database),
            Ok(Ok((_, Some(format)))) => Err(self.refused(
                StoreErrorKind::Corrupt,
                &format!(
                    "it has the format {format}, and this version of mcp-runtime reads {FORMAT}; use \
                     the version that wrote it, or another file"
                ),
            )),
            Ok(Ok((_, None))) => Err(self.refused(
                StoreErrorKind::Corrupt,
                "it is a database of another program; use another file",
            )),
            Ok(Err(error)) => Err(self.cannot_open(error)),
            Err(_) => Err(self.refused(
                StoreErrorKind::Corrupt,
                "it is damaged; restore a copy, or move the file away",
            )),
        }
    }

    fn refused(&self, kind: StoreErrorKind, reason: &str) -> StoreError {
        StoreError::new(kind, format!("cannot open the store {}: {reason}", self.name()))
    }

    fn cannot_open(&self, error: Error) -> StoreError {
        use StoreErrorKind::{Corrupt, Settings, Unavailable};
        let (kind, reason) = match &error {
            Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => {
                let reason = "it is open already, in another process or by another `Store`; end that \
                              process, clone that `Store`, or share `Store::redis`";
                return self.refused(Unavailable, reason);
            }
            Error::UpgradeRequired(_) => (Corrupt, "it was written by an older version of redb"),
            Error::Corrupted(_) => {
                (Corrupt, "it is damaged, or a newer version wrote it; restore a copy")
            }
            Error::Io(error) => match error.kind() {
                ErrorKind::InvalidData => {
                    return self.refused(Corrupt, "it is not a redb file; use another file");
                }
                ErrorKind::NotFound => {
                    (Settings, "its directory does not exist; create the directory")
                }
                ErrorKind::PermissionDenied => {
                    (Settings, "this user may not read and write it; change its permissions")
                }
                ErrorKind::ReadOnlyFilesystem => {
                    (Settings, "the file system is read-only; use another directory")
                }
                ErrorKind::IsADirectory => (Settings, "it is a directory; add the name of a file"),
                _ => return self.failed_to("open", error_of(error)),
            },
            _ => (Unavailable, "the database failed"),
        };
        self.refused(kind, reason).caused_by(error)
    }

    /// Error of an operation.
    fn failed(&self, error: Error) -> StoreError {
        match error {
            Error::Io(error) => self.failed_to("access", error),
            Error::Corrupted(_) => {
                let name = self.name();
                let message =
                    format!("the store {name} is damaged; restore a copy, or move the file away");
                StoreError::new(StoreErrorKind::Corrupt, message).caused_by(error)
            }
            error => {
                let message = format!("the store {} failed; try again", self.name());
                StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
            }
        }
    }

    fn failed_to(&self, verb: &str, error: io::Error) -> StoreError {
        let name = self.name();
        let advice = match error.kind() {
            ErrorKind::StorageFull => "the disk is full; free some space",
            ErrorKind::QuotaExceeded => "the disk quota is used up; free some space",
            _ => "the operating system reported an error",
        };
        let message = format!("cannot {verb} the store {name}: {advice}");
        StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
    }
}

/// A copy of an error of the operating system.
fn error_of(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Opens a database, or creates one that only this user may read.
fn open(path: &Path) -> Result<Database, DatabaseError> {
    #[cfg(unix)]
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(StorageError::Io)?;
    let database = with_backend(FileBackend::new(file)?)?;
    #[cfg(unix)]
    if is_new {
        sync_directory(path).map_err(StorageError::Io)?;
    }
    Ok(database)
}

/// Makes the name of a new file durable.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    std::fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

pub(super) fn with_backend(backend: impl redb::StorageBackend) -> Result<Database, DatabaseError> {
    // A damaged file is reported when it is opened. Otherwise it might panic later.
    Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(backend)
}

/// Format of the tables, which are created in an empty database; `None` for those of another program.
fn format(database: &Database) -> Result<Option<u64>, Error> {
    let transaction = database.begin_write()?;
    let names: Vec<_> = transaction.list_tables()?.map(|table| table.name().to_owned()).collect();
    if names.is_empty() {
        transaction.open_table(NUMBERS)?.insert(FORMAT_NUMBER, FORMAT)?;
        Tables::open(&transaction, 0)?;
        transaction.commit()?;
        return Ok(Some(FORMAT));
    }
    let has_numbers = names.iter().any(|name| name == NUMBERS.name());
    let format = match has_numbers {
        true => Some(number(&transaction.open_table(NUMBERS)?, FORMAT_NUMBER)?),
        false => None,
    };
    transaction.abort()?;
    Ok(format)
}

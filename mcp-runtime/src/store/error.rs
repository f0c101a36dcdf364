//! Errors of a store.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::error::Report;

/// Error of a [`Store`](crate::Store).
///
/// `Display` leaves out the [`source`](Error::source); [`report`](Self::report) includes it.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Kind of a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The storage cannot be reached or written now. The same operation may succeed later.
    Unavailable,
    /// The storage contains something else than expected. Repeating the operation does not help.
    Corrupt,
    /// The address or the settings of the storage are wrong.
    Settings,
}

impl StoreError {
    pub(super) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(super) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Kind of the error.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Message of the error with its cause.
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

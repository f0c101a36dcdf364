//! Time limits of the handlers of components.

use std::time::Duration;

/// Time limit of the handlers of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TimeLimit {
    /// That of the server.
    #[default]
    OfServer,
    /// None, even if the server has one.
    Unlimited,
    /// One of its own.
    Own(Duration),
}

impl TimeLimit {
    /// The limit on a server.
    pub(crate) fn or(self, of_server: Option<Duration>) -> Option<Duration> {
        match self {
            Self::OfServer => of_server,
            Self::Unlimited => None,
            Self::Own(limit) => Some(limit),
        }
    }
}

impl From<Option<u64>> for TimeLimit {
    /// A limit in milliseconds; `None` for no limit.
    fn from(milliseconds: Option<u64>) -> Self {
        match milliseconds {
            Some(milliseconds) => Self::Own(Duration::from_millis(milliseconds)),
            None => Self::Unlimited,
        }
    }
}

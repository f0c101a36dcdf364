//! Revisions of the protocol, each a table of facts that the rest of the code asks.
//!
//! Invariant: the variants of [`Revision`] are named here and in tests, nowhere else. Code that
//! depends on the revision asks a fact, so that a new revision is one new table.

mod facts;
mod finish;
mod fit;
mod v2024_11_05;
mod v2025_03_26;
mod v2025_06_18;
mod v2025_11_25;
mod v2026_07_28;

use std::fmt;

pub use facts::{Asks, Facts, LogLevelFrom, Opens, StructuredContent};
pub use finish::CacheHint;
#[doc(hidden)]
pub use finish::{
    ResponseEnvelope, notification, write_error, write_notification, write_raw_result,
    write_request, write_result,
};

/// Revision of the protocol that this framework implements.
///
/// Specification: [Versioning](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Revision {
    /// First public revision.
    V2024_11_05,
    /// Streamable HTTP, tool annotations, batches.
    V2025_03_26,
    /// Structured results, elicitation, no more batches.
    V2025_06_18,
    /// Icons, sampling with tools, URL elicitation.
    V2025_11_25,
    /// No sessions: every request carries what it needs.
    V2026_07_28,
}

impl Revision {
    /// All revisions, newest first.
    pub const ALL: [Self; 5] = [
        Self::V2026_07_28,
        Self::V2025_11_25,
        Self::V2025_06_18,
        Self::V2025_03_26,
        Self::V2024_11_05,
    ];

    /// Revision of an HTTP request without a version header.
    pub const WITHOUT_HEADER: Self = Self::V2025_03_26;

    /// Parses a name such as `2025-11-25`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.as_str() == name)
    }

    /// Returns the name, a date.
    pub const fn as_str(self) -> &'static str {
        self.facts().name
    }

    /// Returns the facts of this revision.
    pub const fn facts(self) -> &'static Facts {
        match self {
            Self::V2024_11_05 => &v2024_11_05::FACTS,
            Self::V2025_03_26 => &v2025_03_26::FACTS,
            Self::V2025_06_18 => &v2025_06_18::FACTS,
            Self::V2025_11_25 => &v2025_11_25::FACTS,
            Self::V2026_07_28 => &v2026_07_28::FACTS,
        }
    }

    /// Index in tables with one entry per revision.
    #[doc(hidden)]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Iterates over the revisions that open in a way, newest first.
    pub fn opening_by(opens: Opens) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |revision| revision.facts().opens == opens)
    }

    /// Returns the newest revision that opens in a way.
    pub const fn newest_opening_by(opens: Opens) -> Self {
        match opens {
            Opens::Handshake => Self::V2025_11_25,
            Opens::EveryRequest => Self::V2026_07_28,
        }
    }

    /// Negotiates the revision of a legacy session: the requested one if it opens by a handshake,
    /// otherwise the newest that does.
    pub fn negotiate(requested: &str) -> Self {
        Self::opening_by(Opens::Handshake)
            .find(|revision| revision.as_str() == requested)
            .unwrap_or(Self::newest_opening_by(Opens::Handshake))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_indices_are_distinct() {
        let mut seen = [false; Revision::ALL.len()];
        for revision in Revision::ALL {
            assert_eq!(Revision::parse(revision.as_str()), Some(revision));
            assert!(!std::mem::replace(&mut seen[revision.index()], true));
        }
        assert_eq!(Revision::parse("1900-01-01"), None);
    }

    #[test]
    fn the_newest_of_each_opening_is_the_first_in_the_list() {
        for opens in [Opens::Handshake, Opens::EveryRequest] {
            let first = Revision::opening_by(opens).next();
            assert_eq!(first, Some(Revision::newest_opening_by(opens)));
        }
    }

    #[test]
    fn a_handshake_gets_what_it_asks_for_or_the_newest() {
        assert_eq!(Revision::negotiate("2025-03-26"), Revision::V2025_03_26);
        assert_eq!(Revision::negotiate("2024-11-05"), Revision::V2024_11_05);
        assert_eq!(Revision::negotiate("2026-07-28"), Revision::V2025_11_25);
        assert_eq!(Revision::negotiate("1.0"), Revision::V2025_11_25);
    }
}

//! Roots of a session, cached until its client reports a change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::protocol::Root;

use super::budget::{Budget, Reservation};
use super::declared;

/// Memory of a root beside its texts.
const ROOT: usize = 128;

/// Roots reported by the client of a session, if it has been asked.
#[derive(Debug, Default)]
pub(crate) struct KnownRoots(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// In a box, because most sessions have none.
    roots: Option<Box<(Arc<[Root]>, Reservation)>>,
    /// Number of changes, so that an answer from before a change is not stored after it.
    changes: u32,
}

/// Memory that a root takes, about.
fn size(root: &Root) -> usize {
    let meta = root.meta.as_ref().map_or(0, |meta| declared::members_size(&meta.0));
    ROOT + root.uri.len() + root.name.as_ref().map_or(0, String::len) + meta
}

impl KnownRoots {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The roots, if they are known.
    pub(crate) fn get(&self) -> Option<Arc<[Root]>> {
        self.known().roots.as_ref().map(|known| Arc::clone(&known.0))
    }

    /// Forgets the roots, because they have changed.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.roots = None;
        known.changes = known.changes.wrapping_add(1);
    }

    /// The number of changes so far.
    pub(crate) fn changes(&self) -> u32 {
        self.known().changes
    }

    /// Stores roots that were requested after `asked_at` changes, unless they have changed since or there
    /// is no memory for them. Then the client is asked again.
    pub(crate) fn keep(&self, roots: Arc<[Root]>, asked_at: u32, budget: &Arc<Budget>) {
        let mut known = self.known();
        if known.changes == asked_at
            && let Ok(held) = budget.reserve(roots.iter().map(size).sum())
        {
            known.roots = Some(Box::new((roots, held)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_kept_as_long_as_there_is_memory() {
        let budget = Budget::of_server(1000);
        let roots = |length| [Root::new(format!("file:///{}", "x".repeat(length)))].into();
        let known = KnownRoots::default();
        known.keep(roots(2000), known.changes(), &budget);
        assert!(known.get().is_some(), "the first are larger than the limit");
        let others = KnownRoots::default();
        others.keep(roots(1), others.changes(), &budget);
        assert!(others.get().is_none());
        known.forget();
        assert_eq!(budget.used(), 0);
        others.keep(roots(1), others.changes(), &budget);
        assert!(others.get().is_some());
    }
}

//! Words of descriptions, and the words of names that they go with.

use std::collections::BTreeMap;

use super::index::Term;

/// Minimum number of tools that a word must have in common with a name.
const MIN_TOOLS: usize = 2;

/// Minimum part of the tools with the word that have the name.
const MIN_PART: f64 = 0.5;

/// Minimum factor by which the name is more frequent in tools with the word than in all.
const MIN_LIFT: f64 = 4.0;

/// Maximum number of names that a word leads to.
const MAX_NAMES: usize = 3;

/// Sets the names that each term goes with. `names` are the terms of the names of all tools.
pub(super) fn relate(terms: &mut [Term], names: &[Vec<usize>]) {
    let total = names.len() as f64;
    let frequencies: Vec<_> = terms.iter().map(|term| term.tools.len() as f64 / total).collect();
    for (place, term) in terms.iter_mut().enumerate() {
        // A frequent word goes with everything.
        if term.tools.len() < MIN_TOOLS || frequencies[place] * MIN_LIFT > 1.0 {
            continue;
        }
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (tool, _) in &term.tools {
            for name in names[*tool as usize].iter().filter(|name| **name != place) {
                *counts.entry(*name).or_default() += 1;
            }
        }
        let size = term.tools.len() as f64;
        let parts = counts.into_iter().filter(|(_, count)| *count >= MIN_TOOLS);
        let parts = parts.map(|(name, count)| (name, count as f64 / size));
        let mut related: Vec<_> = parts
            .filter(|(name, part)| *part >= MIN_PART && *part >= MIN_LIFT * frequencies[*name])
            .collect();
        related.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        related.truncate(MAX_NAMES);
        term.names = related;
    }
}

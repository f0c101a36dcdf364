//! Whether some URI matches two templates.

use std::collections::HashSet;

use super::chars::Set;
use super::program::{Program, Step};

/// Whether some URI matches both, as far as characters go: what values may not be, and which names
/// a query has, is left out, so that two templates may be said to overlap that just do not.
pub(super) fn overlap(left: &Program, right: &Program) -> bool {
    let (left, right) = (states(left), states(right));
    let mut seen = HashSet::from([(0, 0)]);
    let mut open = vec![(0, 0)];
    while let Some((a, b)) = open.pop() {
        if a == left.len() && b == right.len() {
            return true;
        }
        let mut reach = |next: (usize, usize)| {
            if seen.insert(next) {
                open.push(next);
            }
        };
        if let Some(to) = left.get(a).and_then(|state| state.skip) {
            reach((to, b));
        }
        if let Some(to) = right.get(b).and_then(|state| state.skip) {
            reach((a, to));
        }
        let (Some(from_a), Some(from_b)) = (left.get(a), right.get(b)) else { continue };
        if !from_a.set.meets(from_b.set) {
            continue;
        }
        reach((a + 1, b + 1));
        if from_a.repeats {
            reach((a, b + 1));
        }
        if from_b.repeats {
            reach((a + 1, b));
        }
    }
    false
}

/// One place in a template: what the next character may be and where it leads.
struct State {
    set: Set,
    /// Whether the same may follow again.
    repeats: bool,
    /// A later state that can be had without a character.
    skip: Option<usize>,
}

fn states(program: &Program) -> Vec<State> {
    let mut states = Vec::new();
    for step in &program.steps {
        match step {
            Step::Literal(literal) => states.extend(literal.text.bytes().map(|byte| State {
                set: Set::of(byte),
                repeats: false,
                skip: None,
            })),
            Step::Region(region) => {
                if let Some(lead) = region.lead {
                    let skip = region.optional.then_some(states.len() + 2);
                    states.push(State { set: Set::of(lead), repeats: false, skip });
                }
                states.push(State { set: region.set, repeats: true, skip: None });
            }
        }
    }
    states
}

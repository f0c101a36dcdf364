//! Overlap of two templates.

use std::collections::HashSet;

use super::chars::Set;
use super::program::{Program, Step};

/// `true` if a URI can match both, by its characters alone. Restrictions of values and the names of a
/// query are ignored, so some templates that do not overlap are reported.
pub(super) fn overlap(left: &Program, right: &Program) -> bool {
    // Most templates of a server differ here, which is found without the search.
    let starts = left.beginning().bytes().zip(right.beginning().bytes());
    let ends = left.end().bytes().rev().zip(right.end().bytes().rev());
    if starts.chain(ends).any(|(left, right)| left != right) {
        return false;
    }
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

/// State of the search: the allowed next characters and the states that follow.
struct State {
    set: Set,
    /// `true` if the state may repeat.
    repeats: bool,
    /// Later state that is reached without a character.
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

//! Quality of the search for tools.

#![allow(missing_docs)]

mod corpus;
mod domains;
mod known_servers;

use std::fmt::Write as _;

use domains::Domain;
use mcp_runtime::agent::ToolIndex;

/// Number of tools among which the right one has to be.
const FIRST: usize = 5;

#[track_caller]
fn check(domains: &[Domain], least: usize) {
    let mut missed = String::new();
    let mut counts = Vec::new();
    for seed in 1..=5 {
        let (tools, questions) = corpus::generate(domains, seed, 100);
        assert_eq!((tools.len(), questions.len()), (1_000, 100));
        let index = ToolIndex::new(&tools);
        let mut count = 0;
        for question in questions {
            let found = index.search(&question.text, FIRST);
            if found.iter().any(|found| found.tool == question.tool) {
                count += 1;
                continue;
            }
            let found: Vec<_> = found.iter().map(|found| &*found.tool.tool).collect();
            let _ = writeln!(missed, "{}: {:?}, got {found:?}", question.text, question.tool);
        }
        counts.push(count);
    }
    assert!(counts.iter().all(|count| *count >= least), "{counts:?}\n{missed}");
}

#[test]
fn of_a_thousand_tools_the_right_one_is_among_the_first_five() {
    check(&domains::LIFE, 95);
}

#[test]
fn with_words_that_no_tool_contains_most_are_found() {
    check(&domains::OFFICE, 90);
}

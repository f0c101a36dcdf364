//! Quality of the search for tools.

#![allow(missing_docs)]

mod corpus;
mod domains;
mod known_servers;
mod pieces;

use std::fmt::Write as _;

use corpus::Question;
use mcp_runtime::agent::ToolIndex;
use mcp_runtime::providers::ToolSet;

/// Number of tools among which the right one has to be.
const FIRST: usize = 5;

#[track_caller]
fn check(generate: impl Fn(u64) -> (ToolSet, Vec<Question>), least: usize) {
    let mut missed = String::new();
    let mut counts = Vec::new();
    for seed in 1..=5 {
        let (tools, questions) = generate(seed);
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
    check(|seed| corpus::generate(&domains::LIFE, seed, 100), 95);
}

#[test]
fn with_words_that_no_tool_contains_most_are_found() {
    check(|seed| corpus::generate(&domains::OFFICE, seed, 100), 90);
}

#[test]
fn pieces_of_names_arguments_and_typing_errors_are_found() {
    check(pieces::generate, 95);
}

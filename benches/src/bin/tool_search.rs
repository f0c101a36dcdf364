//! Searches among 1,000 tools: `tool_search COUNT` makes that many searches, and prints how long one takes.

#![allow(clippy::print_stdout, reason = "the figures are the output")]

#[path = "../../../mcp-runtime/tests/tool_search/corpus.rs"]
mod corpus;
#[path = "../../../mcp-runtime/tests/tool_search/domains.rs"]
#[allow(dead_code, reason = "the tests use all domains")]
mod domains;

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use mcp_runtime::agent::ToolIndex;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("usage: tool_search COUNT")?.parse()?;
    let (tools, questions) = corpus::generate(&domains::LIFE, 1, 100);
    let begin = Instant::now();
    let index = ToolIndex::new(&tools);
    println!("index {}", begin.elapsed().as_micros());
    let (mut total, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for question in questions.iter().cycle().take(count) {
        let begin = Instant::now();
        black_box(index.search(black_box(&question.text), 5));
        let taken = begin.elapsed();
        total += taken;
        slowest = slowest.max(taken);
        // The tool is for the tests.
        black_box(&question.tool);
    }
    let mean = total.as_nanos() / u128::try_from(count.max(1))? / 1_000;
    println!("mean {mean}");
    println!("slowest {}", slowest.as_micros());
    Ok(())
}

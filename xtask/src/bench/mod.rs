//! Benchmarks: instruction counts by callgrind, which are the same on any machine, and throughput
//! relative to a floor, which depends on the machine.

mod attacks;
mod authorization;
mod callgrind;
mod calls;
mod http;
mod peers;
mod programs;
mod report;
mod response;
mod scale;
mod search;
mod stdio;
mod subscribers;
mod throughput;

pub(crate) use self::calls::{Era, Tool};
pub(crate) use self::http::Connection;
pub(crate) use self::stdio::next_line;
use crate::Result;
use crate::arguments::Arguments;
use callgrind::Lengths;
use programs::Programs;
use report::Report;

/// Parts of the benchmark. All of them run by default.
const PARTS: [&str; 9] = [
    "stdio",
    "http",
    "authorization",
    "throughput",
    "subscribers",
    "scale",
    "search",
    "attacks",
    "peers",
];

/// Runs `cargo xtask bench …`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let quick = arguments.flag("--quick");
    let all = arguments.flag("--all");
    let save = arguments.flag("--save") || all;
    if quick && save {
        return Err("quick figures are not saved; leave out `--quick`".into());
    }
    let lengths = if quick { Lengths::QUICK } else { Lengths::FULL };
    let mut parts = arguments.rest()?;
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("unknown part `{unknown}`; there are {}", PARTS.join(", ")).into());
    }
    if all && !parts.is_empty() {
        return Err("`--all` runs every part; use `--save` to save single ones".into());
    }
    if parts.is_empty() {
        parts = PARTS.map(str::to_owned).to_vec();
    }
    // These parts build their own programs.
    let is_apart = |part: &String| ["authorization", "search", "peers"].contains(&part.as_str());
    let programs =
        if parts.iter().all(is_apart) { Programs::default() } else { Programs::build()? };
    let mut report = Report::new();
    for part in &parts {
        measure(part, &programs, lengths, &mut report)?;
        // A part that fails takes nothing from those before it.
        if save {
            report.save()?;
        }
    }
    println!("\n{}", report.markdown());
    if all { report.save_all() } else { Ok(()) }
}

fn measure(part: &str, programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    match part {
        "stdio" => stdio::measure(programs, lengths, report),
        "http" => http::measure(programs, lengths, report),
        "authorization" => authorization::measure(lengths, report),
        "subscribers" => subscribers::measure(programs, lengths, report),
        "scale" => scale::measure(programs, lengths, report),
        "search" => search::measure(lengths, report),
        "attacks" => attacks::measure(programs, lengths, report),
        "peers" => peers::measure(lengths, report),
        _ => throughput::measure(programs, lengths, report),
    }
}

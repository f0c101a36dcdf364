//! The soak: many calls of all kinds, each answered once, and a server that does not grow.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::arguments::Arguments;
use crate::{Result, workspace};

const TRANSPORTS: [&str; 2] = ["stdio", "http"];
const ERAS: [(&str, &str); 2] = [("legacy", "2025-11-25"), ("modern", "2026-07-28")];

/// Calls over each transport in each era, and those of the short form.
const CALLS: u64 = 1_000_000;
const SHORT: u64 = 10_000;

/// Calls from which on the memory of a server has to be flat. Before, its caches fill.
const STEADY: u64 = 200_000;

/// Growth of the memory from the second tenth to the last, in percent.
const MAX_GROWTH: u64 = 2;

/// First line of the section in `benches/RESULTS.md`.
const HEADING: &str = "## Soak\n";

/// The programs, with assertions. An example gives their dependencies the features that the tests have, so that
/// nothing is compiled again.
const PROGRAMS: [&str; 9] = [
    "--workspace",
    "--features",
    "mcp-benches/soak",
    "--bin",
    "soak",
    "--bin",
    "soak_server",
    "--example",
    "stock_prices",
];

/// Runs `cargo xtask soak`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let number = |text: Option<String>| text.map(|text| text.parse::<u64>()).transpose();
    let calls = number(arguments.value("--calls")?)?.unwrap_or(CALLS);
    let seed = number(arguments.value("--seed")?)?;
    let is_saved = arguments.flag("--save");
    let mut transports = arguments.rest()?;
    if let Some(unknown) = transports.iter().find(|name| !TRANSPORTS.contains(&name.as_str())) {
        return Err(
            format!("unknown transport `{unknown}`; there are {}", TRANSPORTS.join(", ")).into()
        );
    }
    if is_saved && !transports.is_empty() {
        return Err("`--save` replaces all figures, so it soaks all transports".into());
    }
    if transports.is_empty() {
        transports = TRANSPORTS.map(str::to_owned).to_vec();
    }
    let rows = soak(&transports, calls, seed.map_or_else(seed_of_now, Ok)?)?;
    if is_saved { save(&rows) } else { Ok(()) }
}

/// Runs the short form.
pub(crate) fn short() -> Result<()> {
    soak(&TRANSPORTS.map(str::to_owned), SHORT, seed_of_now()?).map(drop)
}

fn seed_of_now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// Soaks a server over each transport in each era. Returns the rows of the table.
fn soak(transports: &[String], calls: u64, seed: u64) -> Result<Vec<String>> {
    println!("seed {seed}");
    let programs = workspace::build(&PROGRAMS)?;
    let path = |name: &str| -> Result<PathBuf> {
        let found = programs.iter().find(|(program, _)| program == name);
        Ok(found.ok_or_else(|| format!("`{name}` was not built"))?.1.clone())
    };
    let (client, server) = (path("soak")?, path("soak_server")?);
    let mut rows = Vec::new();
    for transport in transports {
        for (era, revision) in ERAS {
            let report = soak_one(&client, &server, (transport, era), calls, seed)?;
            let row = row(transport, revision, &report);
            println!("{row}\n{}", report["kinds"]);
            if let Some(fault) = fault(&report) {
                return Err(
                    format!("{transport}, {revision}, seed {seed}: {fault}\n{report:#}").into()
                );
            }
            rows.push(row);
        }
    }
    Ok(rows)
}

fn soak_one(
    client: &Path,
    server: &Path,
    (transport, era): (&str, &str),
    calls: u64,
    seed: u64,
) -> Result<Value> {
    let mut command = Command::new(client);
    command.arg(server).args([transport, era, &calls.to_string(), &seed.to_string()]);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A figure of a tenth, counted from 1.
fn figure(report: &Value, name: &str, tenth: usize) -> u64 {
    report[name][tenth - 1].as_u64().unwrap_or_default()
}

/// The faults of a run.
fn fault(report: &Value) -> Option<String> {
    let calls = report["calls"].as_u64().unwrap_or_default();
    let (before, after) = (figure(report, "kib", 2), figure(report, "kib", 10));
    let (few, many) = (figure(report, "descriptors", 2), figure(report, "descriptors", 10));
    if report["faults"] != 0 {
        Some(format!("{} calls have no answer, or another one", report["faults"]))
    } else if before == 0 || few == 0 {
        Some("there are no figures".to_owned())
    } else if many > few {
        Some(format!("descriptors have grown from {few} to {many}"))
    } else if calls >= STEADY && after * 100 > before * (100 + MAX_GROWTH) {
        Some(format!("memory has grown from {before} KiB to {after} KiB"))
    } else {
        None
    }
}

fn row(transport: &str, revision: &str, report: &Value) -> String {
    let calls = report["calls"].as_u64().unwrap_or_default();
    let rate = calls as f64 / report["seconds"].as_f64().unwrap_or_default();
    let (kib, descriptors) =
        (|tenth| figure(report, "kib", tenth), |tenth| figure(report, "descriptors", tenth));
    format!(
        "| {transport} | {revision} | {calls} | {} | {rate:.0} | {} | {} | {} | {} |",
        report["faults"],
        kib(2),
        kib(10),
        descriptors(2),
        descriptors(10)
    )
}

/// Replaces the section in `benches/RESULTS.md`.
fn save(rows: &[String]) -> Result<()> {
    let path = workspace::root().join("benches/RESULTS.md");
    let text = std::fs::read_to_string(&path)?;
    let rest = text.replace(section(&text), "");
    let section = format!(
        "{HEADING}\nWritten by `cargo xtask soak --save`: 32 clients at a time do what a seed decides. Of 100 calls 40 \
         add, 10 return a text, 10 take some milliseconds, 4 report progress, 5 fail, 5 panic, 8 ask the user, 6 are \
         cancelled, 6 lose their connection (over stdio they are cancelled too), 4 are tasks and 2 are refused. Each \
         has to have its own answer, once; a cancelled call that cannot end has none. Figures are read after each \
         tenth of the calls, when no connection is open; the last may be 2 % above the second.\n\n\
         | transport | revision | calls | lost, doubled or wrong | calls/s, with the client | KiB, second tenth | KiB, \
         last tenth | descriptors, second tenth | descriptors, last tenth |\n|{}\n{}\n",
        "---|".repeat(9),
        rows.join("\n")
    );
    Ok(std::fs::write(path, format!("{}\n\n{section}", rest.trim_end()))?)
}

/// The section of the soak in a text; empty if there is none.
pub(crate) fn section(text: &str) -> &str {
    let Some(start) = text.find(HEADING) else { return "" };
    let rest = &text[start..];
    let end = rest[HEADING.len()..].find("\n## ").map_or(rest.len(), |end| HEADING.len() + end + 1);
    &rest[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(faults: u64, kib: [u64; 2], descriptors: [u64; 2], calls: u64) -> Value {
        let tenths = |[second, last]: [u64; 2]| {
            let mut tenths = [second; 10];
            tenths[9] = last;
            json!(tenths)
        };
        json!({ "calls": calls, "seconds": 2.0, "faults": faults, "kib": tenths(kib),
            "descriptors": tenths(descriptors) })
    }

    #[test]
    fn a_server_that_loses_answers_or_grows_fails() {
        let check = |report: Value, expected: &str| {
            assert!(fault(&report).unwrap().contains(expected), "{report}");
        };
        assert_eq!(fault(&report(0, [1000, 1020], [9, 9], CALLS)), None);
        assert_eq!(fault(&report(0, [1000, 900], [9, 8], CALLS)), None);
        assert_eq!(fault(&report(0, [1000, 1500], [9, 9], SHORT)), None);
        check(report(1, [1000, 1000], [9, 9], CALLS), "1 calls");
        check(report(0, [1000, 1021], [9, 9], CALLS), "from 1000 KiB to 1021 KiB");
        check(report(0, [1000, 1000], [9, 10], SHORT), "from 9 to 10");
        check(json!({ "faults": 0 }), "no figures");
    }

    #[test]
    fn a_section_ends_at_the_next_one() {
        assert_eq!(section("# Results\n\n## Soak\n\na\n\n## More\nb\n"), "## Soak\n\na\n\n");
        assert_eq!(section("## Soak\n\na\n"), "## Soak\n\na\n");
        assert_eq!(section("# Results\n"), "");
    }
}

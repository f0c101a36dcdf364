//! Runs of the fuzz targets, by `cargo fuzz`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::{Result, process, workspace};

/// The compiler and the options of all commands. The library has no unsafe code, so that a sanitizer of
/// addresses would only cost time; overflows and debug assertions are checked.
const CARGO: [&str; 4] = ["run", "nightly", "cargo", "fuzz"];
const OPTIONS: [&str; 2] = ["--sanitizer", "none"];

/// Longest input, in bytes, and the longest time of one, in seconds.
const MAX_LENGTH: &str = "-max_len=4096";
const TIMEOUT: &str = "-timeout=10";

/// Length of a run.
#[derive(Clone, Debug)]
enum Length {
    Minutes(u64),
    Runs(u64),
}

/// Runs `cargo xtask fuzz`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let save = arguments.flag("--save");
    let number = |text: Option<String>| text.map(|text| text.parse::<u64>()).transpose();
    let minutes = number(arguments.value("--minutes")?)?;
    let runs = number(arguments.value("--runs")?)?;
    let length = match (minutes, runs) {
        (None, Some(runs)) => Length::Runs(runs),
        (minutes, None) => Length::Minutes(minutes.unwrap_or(1)),
        (Some(_), Some(_)) => return Err("give either `--minutes` or `--runs`".into()),
    };
    let known = targets()?;
    let mut chosen = arguments.rest()?;
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        return Err(format!("unknown target `{unknown}`; there are {}", known.join(", ")).into());
    }
    if chosen.is_empty() {
        chosen = known;
    }
    let mut crashed = Vec::new();
    for target in chosen {
        if !fuzz(&target, &length)? {
            crashed.push(target.clone());
        }
        if save {
            merge(&target)?;
        }
    }
    match crashed.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("inputs that fail are in `fuzz/artifacts`: {}", crashed.join(", ")).into())
        }
    }
}

/// Names of the targets, sorted.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace::root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// `cargo fuzz run` of a target, with its arguments, and with those of `libFuzzer`.
fn command(target: &str, corpora: &[&Path], options: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    // Set by the `cargo` that runs this program, for its own compiler.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(name);
    }
    command.current_dir(workspace::root()).args(CARGO).arg("run").args(OPTIONS);
    command.arg("--target-dir").arg(workspace::target().join("fuzz"));
    command.arg(target).args(corpora).arg("--").args(options);
    command
}

fn committed(target: &str) -> PathBuf {
    workspace::root().join("fuzz/corpus").join(target)
}

/// Runs a target, which adds inputs to a corpus that is not committed. Returns `false` if it has crashed.
fn fuzz(target: &str, length: &Length) -> Result<bool> {
    let found = workspace::scratch(&format!("fuzz/{target}"))?;
    let length = match length {
        Length::Minutes(minutes) => format!("-max_total_time={}", minutes * 60),
        Length::Runs(runs) => format!("-runs={runs}"),
    };
    let dictionary = workspace::root().join("fuzz/dictionaries").join(format!("{target}.dict"));
    let dictionary = format!("-dict={}", dictionary.display());
    let mut options = vec![MAX_LENGTH, TIMEOUT, &length, "-print_final_stats=1"];
    if dictionary.strip_prefix("-dict=").is_some_and(|path| Path::new(path).exists()) {
        options.push(&dictionary);
    }
    let mut command = command(target, &[&found, &committed(target)], &options);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let output = BufReader::new(child.stderr.take().ok_or("no output")?);
    let (mut last, mut lines) = (String::new(), Vec::new());
    for line in output.lines().map_while(std::io::Result::ok) {
        if line.starts_with('#') && line.contains(" cov: ") {
            last = line;
        } else {
            lines.push(line);
        }
    }
    let is_fine = child.wait()?.success();
    if !is_fine {
        eprintln!("{}", lines.join("\n"));
    }
    println!("{}", summary(target, &last, is_fine));
    Ok(is_fine)
}

/// Executions and coverage, from the last line of `libFuzzer` that has them.
fn summary(target: &str, line: &str, is_fine: bool) -> String {
    let mut words = line.split_whitespace();
    let executions = words.next().unwrap_or("#0").trim_start_matches('#');
    let words: Vec<_> = words.collect();
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name);
        at.and_then(|at| words.get(at + 1)).copied().unwrap_or("-")
    };
    let (coverage, corpus, speed) = (after("cov:"), after("corp:"), after("exec/s:"));
    let outcome = if is_fine { "no crash" } else { "CRASH" };
    format!(
        "{target}: {outcome}, {executions} executions, {speed} a second, coverage {coverage}, corpus {corpus}"
    )
}

/// Adds the inputs to the committed corpus that cover what it does not.
fn merge(target: &str) -> Result<()> {
    let found = workspace::scratch(&format!("fuzz/{target}"))?;
    process::run(&mut command(target, &[&committed(target), &found], &["-merge=1", MAX_LENGTH]))
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn figures_are_read_from_the_last_line() {
        let line =
            "#2097152\tDONE   cov: 412 ft: 1309 corp: 201/12Kb lim: 4096 exec/s: 69905 rss: 401Mb";
        assert_eq!(
            summary("sse", line, true),
            "sse: no crash, 2097152 executions, 69905 a second, coverage 412, corpus 201/12Kb"
        );
        assert_eq!(
            summary("sse", "", false),
            "sse: CRASH, 0 executions, - a second, coverage -, corpus -"
        );
    }

    #[test]
    fn every_target_is_listed() {
        let targets = super::targets().unwrap();
        assert!(targets.len() >= 12, "{targets:?}");
        let manifest = std::fs::read_to_string(super::workspace::root().join("fuzz/Cargo.toml"));
        let manifest = manifest.unwrap();
        for target in targets {
            assert!(manifest.contains(&format!("\nname = \"{target}\"\n")), "{target}");
        }
    }
}

//! Invariants of the code base that the compiler does not check.

#![allow(missing_docs)]

#[path = "tidy/guide.rs"]
mod guide;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/links.rs"]
mod links;

use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// All Rust files of the workspace, except those that must not compile. `benches/peers` is another workspace.
fn sources() -> Vec<(PathBuf, String)> {
    let crates = [
        "mcp-core",
        "mcp-macros",
        "mcp-runtime",
        "mcp-cli",
        "examples",
        "tests",
        "benches",
        "xtask",
    ];
    let mut found = Vec::new();
    for name in crates {
        gather(&Path::new(ROOT).join(name), &mut found);
    }
    assert!(found.len() > 50, "only {} files were found", found.len());
    found
}

fn gather(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            let skipped = ["target", "ui", "snapshots", "node_modules", ".venv", "benches/peers"];
            if !skipped.iter().any(|name| path.ends_with(name)) {
                gather(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source can be read");
            found.push((path.strip_prefix(ROOT).expect("it lies below").to_owned(), text));
        }
    }
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs")
        || path.ends_with("models.rs")
        || path.components().any(|part| part.as_os_str() == "tests")
}

/// The part of a file before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split_once("\n#[cfg(test)]\nmod ").map_or(text, |(code, _)| code)
}

fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn revisions_are_named_in_one_place() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let allowed = is_test(&path) || path.starts_with("mcp-core/src/revision");
        if !allowed && without_tests(&text).contains("Revision::V2") {
            faults.push(format!("{}: ask a fact instead of naming a revision", path.display()));
        }
    }
    report(faults);
}

#[test]
fn facts_about_methods_have_no_wildcard() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let is_methods = path == Path::new("mcp-core/src/method.rs");
        let code = without_tests(&text);
        let is_revision = path.starts_with("mcp-core/src/revision") && code.contains("Method::");
        if !is_methods && !is_revision {
            continue;
        }
        // A name on the wire is any text, so `Method::parse` has the only wildcard.
        if code.matches("_ =>").count() > usize::from(is_methods) {
            faults.push(format!("{}: a wildcard; give every method its fact", path.display()));
        }
    }
    report(faults);
}

#[test]
fn the_core_knows_no_runtime() {
    let manifest = fs::read_to_string(Path::new(ROOT).join("mcp-core/Cargo.toml")).unwrap();
    for name in ["tokio", "futures", "hyper", "async"] {
        assert!(!manifest.contains(name), "mcp-core depends on {name}");
    }
}

/// Tests without a paused clock, which moves only when all tasks wait, so that waiting for it is
/// deterministic.
fn at_real_time(code: &str) -> String {
    let is_paused = |part: &&str| part.starts_with("(start_paused = true)");
    code.split("#[tokio::test").filter(|part| !is_paused(part)).collect()
}

#[test]
fn tests_wait_for_events_and_not_for_time() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let code = if is_test(&path) { text.as_str() } else { &text[without_tests(&text).len()..] };
        let code = at_real_time(code);
        // The words are concatenated, so that this file does not contain them.
        for word in [["thread::", "sleep("].concat(), ["time::", "sleep("].concat()] {
            if code.contains(&word) {
                faults.push(format!("{}: waits for time to pass", path.display()));
            }
        }
    }
    report(faults);
}

#[test]
fn files_have_one_subject() {
    const MOST: usize = 500;
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let lines = without_tests(&text).lines().count();
        if lines > MOST {
            faults.push(format!("{}: {lines} lines; split it by subject", path.display()));
        }
    }
    report(faults);
}

#[test]
fn functions_fit_a_screen() {
    const MOST: usize = 80;
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let mut open: Option<(usize, usize, &str)> = None;
        // Samples in comments are not functions of the file.
        let code = |line: &&str| !line.trim_start().starts_with("//");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| code(line)) {
            let indent = line.len() - line.trim_start().len();
            let starts = line
                .trim_start()
                .split(['(', '<'])
                .next()
                .is_some_and(|head| head.split_whitespace().rev().nth(1) == Some("fn"));
            match open {
                None if starts && !line.ends_with('}') && !line.ends_with(';') => {
                    open = Some((number, indent, line.trim()))
                }
                Some((start, depth, head))
                    if indent == depth && line.trim_start().starts_with('}') =>
                {
                    if number - start > MOST {
                        let path = path.display();
                        faults.push(format!(
                            "{path}:{}: {} lines: {head}",
                            start + 1,
                            number - start
                        ));
                    }
                    open = None;
                }
                _ => {}
            }
        }
    }
    report(faults);
}

#[test]
fn nothing_is_left_undone() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for word in [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("]] {
            if text.contains(&word.concat()) {
                faults.push(format!("{}: {}", path.display(), word.concat()));
            }
        }
    }
    report(faults);
}

#[test]
fn published_packages_describe_themselves() {
    let mut faults = Vec::new();
    for package in ["mcp-core", "mcp-macros", "mcp-runtime", "mcp-cli"] {
        let manifest = fs::read_to_string(Path::new(ROOT).join(package).join("Cargo.toml"))
            .expect("a manifest can be read");
        for key in [
            "description = ",
            "readme.workspace = true",
            "keywords.workspace = true",
            "categories = ",
            "[package.metadata.docs.rs]\nall-features = true\nrustdoc-args = [\"--cfg\", \"docsrs\"]",
        ] {
            if !manifest.contains(key) {
                faults.push(format!("{package}/Cargo.toml lacks `{key}`"));
            }
        }
        // With `doc_cfg`, the documentation names the feature of each item.
        let library = Path::new(ROOT).join(package).join("src/lib.rs");
        let library = fs::read_to_string(library).ok();
        if library.is_some_and(|code| !code.contains("#![cfg_attr(docsrs, feature(doc_cfg))]")) {
            faults.push(format!("{package}/src/lib.rs lacks `feature(doc_cfg)` for docs.rs"));
        }
    }
    report(faults);
}

#[test]
fn every_mistake_has_its_message() {
    let mut count = 0;
    for folder in ["tests/ui/cases", "tests/ui/cases/client"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).expect("the ui tests can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                count += 1;
                let message = path.with_extension("stderr");
                assert!(message.exists(), "{} lacks its .stderr", path.display());
            }
        }
    }
    assert!(count > 20, "only {count} ui tests were found");
}

/// Names that a reader of axum or tokio would have to learn here. The standard term is beside each.
const RETIRED: [(&str, &str); 33] = [
    ("Voice", "RequestChannel"),
    ("Outlet", "NotificationSink"),
    ("SharedOutlet", "SharedSink"),
    ("Home", "MountScope"),
    ("FirstPolls", "PollBudget"),
    ("first_polls", "poll_budget"),
    ("Errands", "pending URL elicitations"),
    ("is_little", "is_cheap"),
    ("Fault", "ArgumentError"),
    ("Hearing", "listeners"),
    ("Heard", "received events"),
    ("patience", "a name that ends in `timeout`"),
    ("Older", "legacy SSE transport"),
    ("Surround", "ResponseEnvelope"),
    ("Waiters", "pending requests"),
    ("Flight", "UpstreamCall"),
    ("Behind", "UpstreamWatch"),
    ("Elsewhere", "UpstreamCompleter"),
    ("Passing", "UpstreamEvent"),
    ("Relay", "QuestionRouter"),
    ("Interest", "resource subscription"),
    ("Watched", "resource subscription"),
    ("Manner", "StreamConfig"),
    ("Seat", "ReaderToken"),
    ("Begun", "StartedHandler"),
    ("Produced", "HandlerOutput"),
    ("Texts", "StringArguments"),
    ("TextCall", "StringCall"),
    ("Offered", "ComponentRef"),
    ("AddToolError", "AddComponentError"),
    ("MOST", "a name that begins with `MAX_`"),
    ("LONGEST", "a name that begins with `MAX_`"),
    ("DEEPEST", "a name that begins with `MAX_`"),
];

#[test]
fn names_are_those_of_the_field() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let is_ours = ["mcp-core/src", "mcp-macros/src", "mcp-runtime/src"];
        if !is_ours.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            for word in words {
                // `MOST_ENTRIES` is `MOST` with more behind it.
                let of_limit = ["MOST", "LONGEST", "DEEPEST"].into_iter();
                let mut of_limit = of_limit.filter(|limit| word.starts_with(&format!("{limit}_")));
                let name = of_limit.next().unwrap_or(word);
                if let Some((_, standard)) = RETIRED.iter().find(|(retired, _)| *retired == name) {
                    faults.push(format!("{}:{}: {word}: {standard}", path.display(), number + 1));
                }
            }
        }
    }
    report(faults);
}

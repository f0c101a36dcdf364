//! Rows of the matrix, read from text files.
//!
//! ```text
//! = name of the row [flag] [flag]
//! > tools/call {"name":"echo"}        a request with id 7
//! >> {"jsonrpc":"2.0"                 a message as it stands
//! + Name: value                       the headers of all messages of the row: set,
//! ++ Name: value                      added,
//! - Name                              left out
//! ? GET /mcp                          instead of `POST /mcp`
//! | POST /mcp HTTP/1.1                a line of a request on a socket
//! < 7 error -32602 "…" [400]          the answer, with the status of HTTP
//! <legacy …                           the answer of one era,
//! <stdio …                            of one transport,
//! <modern-http …                      or of both
//! ```
//!
//! Answers are exact. `MCP_UPDATE_ROWS=1` writes those of today into the files, to be read before they are
//! committed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A file of rows.
pub(crate) struct Table {
    path: PathBuf,
    /// Comment at the head.
    head: String,
    pub(crate) rows: Vec<Row>,
}

/// One bad input and its answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) flags: Vec<String>,
    /// Lines of input, with their marks.
    pub(crate) input: Vec<(String, String)>,
    /// Answers by variant: `""`, `legacy`, `stdio`, `legacy-stdio`, …
    answers: Vec<(String, String)>,
    /// Answers that were received, by variant.
    pub(crate) received: Vec<(String, Vec<String>)>,
}

const MARKS: [&str; 8] = [">>", ">", "++", "+", "-", "?", "||", "|"];

/// Parts of a variant that exclude each other.
const KINDS: &[&[&str]] = &[&["legacy", "modern"], &["stdio", "http", "pipe", "json", "events"]];

impl Table {
    /// Reads a file below `rows`.
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/rows").join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path:?}"));
        let mut head = String::new();
        let mut rows: Vec<Row> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("= ") {
                rows.push(Row::titled(title));
            } else if let Some(row) = rows.last_mut() {
                row.add(line);
            } else {
                writeln!(head, "{line}").unwrap();
            }
        }
        let table = Self { path, head, rows };
        table.check_names();
        table
    }

    fn check_names(&self) {
        let mut names: Vec<_> = self.rows.iter().map(|row| &row.name).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(twice.is_none(), "{:?}: {twice:?} is there twice", self.path);
    }

    /// Compares all answers with the expected ones, or writes them into the file.
    pub(crate) fn finish(self) -> Result<(), String> {
        if is_updated() {
            let rows: String = self.rows.iter().map(Row::updated).collect();
            std::fs::write(&self.path, format!("{}{}\n", self.head, rows.trim_end())).unwrap();
            return Ok(());
        }
        let mut faults = String::new();
        for row in &self.rows {
            assert!(!row.received.is_empty(), "{:?}: `{}` was not run", self.path, row.name);
            for (variant, received) in &row.received {
                let expected = row.expected(variant);
                if expected != *received {
                    let name = &row.name;
                    writeln!(
                        faults,
                        "{name} ({variant})\n  expected {expected:#?}\n  received {received:#?}"
                    )
                    .unwrap();
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(format!("{}:\n{faults}", self.path.display())) }
    }
}

impl Row {
    fn titled(title: &str) -> Self {
        let mut parts = title.split(" [");
        let name = parts.next().unwrap_or_default().to_owned();
        let flags = parts.map(|flag| flag.trim_end_matches(']').to_owned()).collect();
        Self { name, flags, ..Self::default() }
    }

    fn add(&mut self, line: &str) {
        if let Some(answer) = line.strip_prefix('<') {
            let (variant, answer) = answer.split_once(' ').unwrap_or((answer, ""));
            self.answers.push((variant.to_owned(), answer.to_owned()));
            return;
        }
        let mark = MARKS.iter().find(|mark| {
            line.strip_prefix(**mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        match mark {
            Some(mark) => {
                let rest = line[mark.len()..].strip_prefix(' ').unwrap_or_default();
                self.input.push(((*mark).to_owned(), rest.to_owned()));
            }
            None => assert!(line.is_empty(), "`{line}` in `{}`", self.name),
        }
    }

    /// A row with the same flags and no input.
    pub(crate) fn plain(&self) -> Self {
        Self { flags: self.flags.clone(), ..Self::default() }
    }

    /// Returns `true` if the row has a flag.
    pub(crate) fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }

    /// The value of a flag such as `[revision 2025-03-26]`.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find_map(|flag| flag.strip_prefix(name)?.strip_prefix(' '))
    }

    /// Returns `true` if the row is run in a variant such as `legacy-stdio`.
    pub(crate) fn runs_in(&self, variant: &str) -> bool {
        let excludes = |kind: &[&str], part: &str| {
            kind.contains(&part) && kind.iter().any(|name| self.is(name)) && !self.is(part)
        };
        !variant.split('-').any(|part| KINDS.iter().any(|kind| excludes(kind, part)))
    }

    /// Number of expected answers of a variant; zero while they are written.
    pub(crate) fn number_of_answers(&self, variant: &str) -> usize {
        if is_updated() { 0 } else { self.expected(variant).len() }
    }

    /// Expected answers of a variant. The most specific ones count.
    fn expected(&self, variant: &str) -> Vec<String> {
        let parts: Vec<_> = variant.split('-').collect();
        let is_http = parts.contains(&"http");
        let mut candidates = vec![variant];
        candidates.extend(parts.iter().copied());
        candidates.push("");
        let answers_of = |name: &str| {
            let answers = self.answers.iter().filter(|(of, _)| of == name);
            answers.map(|(_, answer)| answer.clone()).collect::<Vec<_>>()
        };
        let all = candidates.into_iter().map(answers_of).find(|answers| !answers.is_empty());
        let all = all.unwrap_or_default();
        let all = all.into_iter().filter(|answer| answer != "nothing");
        if is_http {
            return all.collect();
        }
        let all = all.map(|answer| without_status(&answer));
        all.filter(|answer| answer != "empty").collect()
    }

    /// The row with the answers that were received.
    fn updated(&self) -> String {
        let mut text = format!("= {}", self.name);
        for flag in &self.flags {
            write!(text, " [{flag}]").unwrap();
        }
        text.push('\n');
        for (mark, line) in &self.input {
            text.push_str(format!("{mark} {line}").trim_end());
            text.push('\n');
        }
        for (variant, answers) in self.merged() {
            if answers.is_empty() {
                writeln!(text, "<{variant} nothing").unwrap();
            }
            for answer in answers {
                writeln!(text, "<{variant} {answer}").unwrap();
            }
        }
        text.push('\n');
        text
    }

    /// The received answers: those of most variants, and the others under the names of their variants.
    fn merged(&self) -> Vec<(&str, &Vec<String>)> {
        let is_like = |usual: &Vec<String>, variant: &str, answers: &Vec<String>| {
            if variant.ends_with("http") {
                return answers == usual;
            }
            let bare = usual.iter().map(|answer| without_status(answer));
            bare.filter(|answer| answer != "empty").eq(answers.iter().cloned())
        };
        let count = |usual: &Vec<String>| {
            let like = self.received.iter().filter(|(name, it)| is_like(usual, name, it));
            like.count()
        };
        let usual = self.received.iter().map(|(_, answers)| answers).max_by_key(|it| count(it));
        let Some(usual) = usual else { return Vec::new() };
        let mut merged = vec![("", usual)];
        let others = self.received.iter().filter(|(name, it)| !is_like(usual, name, it));
        let mut others: Vec<_> = others.map(|(name, answers)| (name.as_str(), answers)).collect();
        for part in KINDS.iter().copied().flatten() {
            let has_part = |name: &str| name.split('-').any(|it| it == *part);
            let all = self.received.iter().filter(|(name, _)| has_part(name)).count();
            let (with, without): (Vec<_>, Vec<_>) =
                others.iter().copied().partition(|(name, _)| has_part(name));
            if let Some((_, first)) = with.first()
                && with.len() == all
                && with.iter().all(|(_, answers)| answers == first)
            {
                merged.push((part, first));
                others = without;
            }
        }
        merged.extend(others);
        merged
    }
}

/// Returns `true` if answers are written into the files.
fn is_updated() -> bool {
    std::env::var_os("MCP_UPDATE_ROWS").is_some()
}

/// An answer without the status of HTTP behind it.
fn without_status(answer: &str) -> String {
    match answer.rsplit_once(" [") {
        Some((answer, status))
            if status.ends_with(']') && status.as_bytes()[0].is_ascii_digit() =>
        {
            answer.to_owned()
        }
        _ => answer.to_owned(),
    }
}

#[test]
fn the_most_specific_answers_count() {
    let mut row = Row::titled("a row [legacy] [wait 2]");
    for line in
        ["> ping", "< 7 result {} [200]", "<modern-http empty [400]", "<legacy-stdio nothing"]
    {
        row.add(line);
    }
    assert_eq!(row.input, [(">".to_owned(), "ping".to_owned())]);
    assert_eq!((row.flag("wait"), row.is("legacy")), (Some("2"), true));
    assert_eq!(row.expected("legacy-http"), ["7 result {} [200]"]);
    assert_eq!(row.expected("modern-stdio"), ["7 result {}"]);
    assert_eq!(row.expected("modern-http"), ["empty [400]"]);
    assert!(row.expected("legacy-stdio").is_empty());
    assert!(row.runs_in("legacy-http") && !row.runs_in("modern-http"));
}

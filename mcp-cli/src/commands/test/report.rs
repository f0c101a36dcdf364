//! Checks, and how they are printed.

use owo_colors::OwoColorize as _;
use serde::Serialize;

use super::peer::Era;
use crate::exit::{Exit, Failure};
use crate::output::{flat, print, print_json};

/// Width of the names of checks.
const WIDTH: usize = 22;

/// Longest text of a server that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    Fail {
        expected: String,
        got: String,
    },
    /// A departure from what is recommended, not required.
    Warn {
        expected: String,
        got: String,
    },
    /// With the reason.
    Skip(String),
}

impl Outcome {
    pub(super) fn fail(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Fail { expected: expected.into(), got: got.into() }
    }

    pub(super) fn skip(reason: impl Into<String>) -> Self {
        Self::Skip(reason.into())
    }

    /// The same outcome, if it is about a recommendation.
    pub(super) fn recommended(self) -> Self {
        match self {
            Self::Fail { expected, got } => Self::Warn { expected, got },
            other => other,
        }
    }

    /// A pass if a fact holds.
    pub(super) fn of(holds: bool, expected: &str, got: impl FnOnce() -> String) -> Self {
        if holds { Self::Pass } else { Self::fail(expected, got()) }
    }
}

/// Name of a check, and the page of the specification that requires it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) page: &'static str,
}

pub(super) const fn rule(name: &'static str, page: &'static str) -> Rule {
    Rule { name, page }
}

/// A check with its outcome.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    era: &'static str,
    specification: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The checks so far. Each is printed when it is done.
pub(super) struct Report {
    checks: Vec<Check>,
    is_json: bool,
    is_quiet: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    checks: &'a [Check],
    passed: usize,
    failed: usize,
    warned: usize,
    skipped: usize,
}

impl Report {
    pub(super) fn new(is_json: bool, is_quiet: bool) -> Self {
        Self { checks: Vec::new(), is_json, is_quiet }
    }

    /// Adds the outcome of a check in an era.
    pub(super) fn add(&mut self, rule: Rule, era: Era, outcome: Outcome) -> Result<(), Failure> {
        let Rule { name, page } = rule;
        let specification = format!(
            "https://modelcontextprotocol.io/specification/{}/{}",
            era.version(),
            page_of(page, era)
        );
        let mut check = Check {
            name,
            era: era.word(),
            specification,
            status: "pass",
            expected: None,
            got: None,
            reason: None,
        };
        match outcome {
            Outcome::Pass => {}
            Outcome::Fail { expected, got } => {
                check.status = "fail";
                check.expected = Some(expected);
                check.got = Some(shortened(&got));
            }
            Outcome::Warn { expected, got } => {
                check.status = "warn";
                check.expected = Some(expected);
                check.got = Some(shortened(&got));
            }
            Outcome::Skip(reason) => {
                check.status = "skip";
                check.reason = Some(shortened(&reason));
            }
        }
        if !self.is_json && (!self.is_quiet || check.status == "fail") {
            print(&check.text())?;
        }
        self.checks.push(check);
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), Failure> {
        let count = |status: &str| self.checks.iter().filter(|it| it.status == status).count();
        let (passed, failed, skipped) = (count("pass"), count("fail"), count("skip"));
        let warned = count("warn");
        if self.is_json {
            print_json(&Document { checks: &self.checks, passed, failed, warned, skipped })?;
        } else if !self.is_quiet {
            let warnings = match warned {
                0 => String::new(),
                1 => ", 1 warning".to_owned(),
                count => format!(", {count} warnings"),
            };
            print(&format!("{passed} passed, {failed} failed, {skipped} skipped{warnings}"))?;
        }
        if failed > 0 { Err(Failure::reported(Exit::Findings)) } else { Ok(()) }
    }
}

impl Check {
    fn text(&self) -> String {
        let Self { name, era, specification, expected, got, reason, .. } = self;
        let status = match self.status {
            "pass" => format!("{}", "pass".green()),
            "fail" => format!("{}", "fail".red()),
            "warn" => format!("{}", "warn".yellow()),
            status => format!("{}", status.dimmed()),
        };
        let reason = reason.as_deref().map(flat).unwrap_or_default();
        let mut text = format!("{status}  {era}  {name:WIDTH$}  {reason}").trim_end().to_owned();
        if let (Some(expected), Some(got)) = (expected, got) {
            for (title, value) in
                [("expected", &flat(expected)), ("got", &flat(got)), ("see", specification)]
            {
                text += &format!("\n        {title:8}  {value}");
            }
        }
        text
    }
}

/// Path of a page in the newest revision of an era. That of the rule is one of the revision 2025-11-25.
fn page_of(page: &'static str, era: Era) -> &'static str {
    match (era, page) {
        (Era::Modern, "basic/lifecycle") => "basic/versioning",
        (Era::Modern, "basic/lifecycle#shutdown") => "basic/transports/stdio#shutdown",
        (Era::Modern, "basic/utilities/cancellation") => "basic/patterns/cancellation",
        (Era::Modern, "basic/transports#stdio") => "basic/transports/stdio",
        (Era::Modern, "basic/transports") => "basic/transports/streamable-http",
        _ => page,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

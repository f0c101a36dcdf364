//! The scenarios that the fixtures claim to pass: lists of what is covered, never of what may fail.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Role;
use crate::{Result, workspace};

/// A scenario that a fixture covers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub(super) name: String,
    /// Names of checks that cannot be met in the revision, such as one for a method that it does
    /// not have. The suite skips them; nothing else may be skipped.
    pub(super) skips: Vec<String>,
}

impl Claim {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), skips: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    WithSkips { name: String, skips: Vec<String> },
}

/// The scenarios of a revision that the fixture of a role covers.
pub(super) fn claimed(role: Role, revision: &str) -> Result<Vec<Claim>> {
    let path = workspace::root().join(format!("tests/conformance/{role}.json"));
    parse(&std::fs::read_to_string(path)?, revision)
}

fn parse(text: &str, revision: &str) -> Result<Vec<Claim>> {
    let claims: Map<String, Value> = serde_json::from_str(text)?;
    let Some(written) = claims.get(revision) else {
        let known: Vec<_> = claims.keys().map(String::as_str).collect();
        return Err(format!("unknown revision `{revision}`; there are {}", known.join(", ")).into());
    };
    let written: Vec<Written> = serde_json::from_value(written.clone())?;
    let claim = |written| match written {
        Written::Name(name) => Claim { name, skips: Vec::new() },
        Written::WithSkips { name, skips } => Claim { name, skips },
    };
    Ok(written.into_iter().map(claim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_revision_is_named_with_the_known_ones() {
        let error = parse(r#"{"2026-07-28": ["ping"]}"#, "2099-01-01").unwrap_err();
        assert_eq!(error.to_string(), "unknown revision `2099-01-01`; there are 2026-07-28");
    }

    #[test]
    fn a_claim_may_name_what_is_skipped() {
        let found = parse(r#"{"1": ["ping", {"name": "headers", "skips": ["a"]}]}"#, "1").unwrap();
        let headers = Claim { name: "headers".to_owned(), skips: vec!["a".to_owned()] };
        assert_eq!(found, [Claim::of("ping"), headers]);
    }

    #[test]
    fn every_revision_claims_something() {
        for role in [Role::Server, Role::Client] {
            for revision in ["2025-11-25", "2026-07-28"] {
                assert!(!claimed(role, revision).unwrap().is_empty(), "{role} {revision}");
            }
        }
    }
}

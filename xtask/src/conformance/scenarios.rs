//! The scenarios the fixture claims to pass: a list of what is covered, never of what may fail.

use serde_json::{Map, Value};

use crate::{Result, workspace};

/// The scenarios of a revision that the fixture server covers.
pub(super) fn claimed(revision: &str) -> Result<Vec<String>> {
    let path = workspace::root().join("tests/conformance/server.json");
    parse(&std::fs::read_to_string(path)?, revision)
}

fn parse(text: &str, revision: &str) -> Result<Vec<String>> {
    let claims: Map<String, Value> = serde_json::from_str(text)?;
    let Some(names) = claims.get(revision) else {
        let known: Vec<_> = claims.keys().map(String::as_str).collect();
        return Err(format!("unknown revision `{revision}`; there are {}", known.join(", ")).into());
    };
    Ok(serde_json::from_value(names.clone())?)
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
    fn every_revision_claims_something() {
        for revision in ["2025-11-25", "2026-07-28"] {
            assert!(!claimed(revision).unwrap().is_empty(), "{revision}");
        }
    }
}

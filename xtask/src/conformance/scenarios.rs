//! The scenarios that examples claim to pass: a list of what is covered, never of what may fail.

use std::collections::BTreeMap;

use crate::{Result, workspace};

/// The server that is asked where no example claims a scenario.
const FIXTURE: &str = "conformance_server";

/// Scenarios of a revision, by the example that is asked.
pub(super) type ByFixture = BTreeMap<String, Vec<String>>;

/// The scenarios of a revision that examples cover.
pub(super) fn claimed(revision: &str) -> Result<ByFixture> {
    let path = workspace::root().join("tests/conformance/server.json");
    parse(&std::fs::read_to_string(path)?, revision)
}

/// One scenario, asked of the example that claims it.
pub(super) fn one(claimed: &ByFixture, scenario: String) -> ByFixture {
    let claims = |names: &Vec<String>| names.contains(&scenario);
    let fixture = claimed.iter().find(|(_, names)| claims(names)).map(|(fixture, _)| fixture);
    let fixture = fixture.map_or(FIXTURE, String::as_str).to_owned();
    BTreeMap::from([(fixture, vec![scenario])])
}

fn parse(text: &str, revision: &str) -> Result<ByFixture> {
    let mut claims: BTreeMap<String, ByFixture> = serde_json::from_str(text)?;
    claims.remove(revision).ok_or_else(|| {
        let known: Vec<_> = claims.keys().map(String::as_str).collect();
        format!("unknown revision `{revision}`; there are {}", known.join(", ")).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_revision_is_named_with_the_known_ones() {
        let error = parse(r#"{"2026-07-28": {"a": ["ping"]}}"#, "2099-01-01").unwrap_err();
        assert_eq!(error.to_string(), "unknown revision `2099-01-01`; there are 2026-07-28");
    }

    #[test]
    fn every_revision_claims_something() {
        for revision in ["2025-11-25", "2026-07-28"] {
            assert!(!claimed(revision).unwrap()[FIXTURE].is_empty(), "{revision}");
        }
    }

    #[test]
    fn a_scenario_is_asked_of_who_claims_it() {
        let claimed = parse(r#"{"r": {"a": ["x"], "b": ["y", "z"]}}"#, "r").unwrap();
        let check = |scenario: &str, fixture: &str| {
            let asked = one(&claimed, scenario.to_owned());
            assert_eq!(asked, BTreeMap::from([(fixture.to_owned(), vec![scenario.to_owned()])]));
        };
        check("z", "b");
        check("unclaimed", FIXTURE);
    }
}

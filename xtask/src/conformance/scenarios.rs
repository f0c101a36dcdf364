//! Scenarios that examples claim to pass. There is no list of expected failures.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Role;
use crate::{Result, workspace};

/// A scenario that an example covers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub(super) name: String,
    /// Names of checks that are impossible in the revision, for example because it lacks the
    /// method. The suite skips them; nothing else may be skipped.
    pub(super) skips: Vec<String>,
}

impl Claim {
    fn of(name: &str) -> Self {
        Self { name: name.to_owned(), skips: Vec::new() }
    }
}

/// A claim in its JSON form.
#[derive(Deserialize)]
#[serde(untagged)]
enum ClaimJson {
    Name(String),
    WithSkips { name: String, skips: Vec<String> },
}

impl From<ClaimJson> for Claim {
    fn from(written: ClaimJson) -> Self {
        match written {
            ClaimJson::Name(name) => Self { name, skips: Vec::new() },
            ClaimJson::WithSkips { name, skips } => Self { name, skips },
        }
    }
}

/// Scenarios of a revision, by example.
pub(super) type ByFixture = BTreeMap<String, Vec<Claim>>;

/// Claimed scenarios of a revision.
pub(super) fn claimed(role: Role, revision: &str) -> Result<ByFixture> {
    let path = workspace::root().join(format!("tests/conformance/{role}.json"));
    parse(&std::fs::read_to_string(path)?, revision)
}

/// A single scenario, with the example that claims it.
pub(super) fn one(role: Role, claimed: ByFixture, scenario: &str) -> ByFixture {
    for (fixture, claims) in claimed {
        if let Some(claim) = claims.into_iter().find(|claim| claim.name == scenario) {
            return BTreeMap::from([(fixture, vec![claim])]);
        }
    }
    BTreeMap::from([(role.fixture().to_owned(), vec![Claim::of(scenario)])])
}

fn parse(text: &str, revision: &str) -> Result<ByFixture> {
    let mut claims: BTreeMap<String, BTreeMap<String, Vec<ClaimJson>>> =
        serde_json::from_str(text)?;
    let Some(written) = claims.remove(revision) else {
        let known: Vec<_> = claims.keys().map(String::as_str).collect();
        return Err(format!("unknown revision `{revision}`; there are {}", known.join(", ")).into());
    };
    let of_fixture = |(fixture, written): (String, Vec<ClaimJson>)| {
        (fixture, written.into_iter().map(Claim::from).collect())
    };
    Ok(written.into_iter().map(of_fixture).collect())
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
    fn a_claim_may_name_what_is_skipped() {
        let text = r#"{"1": {"a": ["ping", {"name": "headers", "skips": ["x"]}]}}"#;
        let headers = Claim { name: "headers".to_owned(), skips: vec!["x".to_owned()] };
        assert_eq!(parse(text, "1").unwrap()["a"], [Claim::of("ping"), headers]);
    }

    #[test]
    fn every_revision_claims_something() {
        for role in [Role::Server, Role::Client] {
            for revision in ["2025-11-25", "2026-07-28"] {
                let claimed = claimed(role, revision).unwrap();
                assert!(!claimed[role.fixture()].is_empty(), "{role} {revision}");
            }
        }
    }

    #[test]
    fn a_scenario_runs_on_the_example_that_claims_it() {
        let claimed = parse(r#"{"r": {"a": ["x"], "b": ["y", "z"]}}"#, "r").unwrap();
        let check = |scenario: &str, fixture: &str| {
            let asked = one(Role::Server, claimed.clone(), scenario);
            assert_eq!(asked, BTreeMap::from([(fixture.to_owned(), vec![Claim::of(scenario)])]));
        };
        check("z", "b");
        check("unclaimed", Role::Server.fixture());
    }
}

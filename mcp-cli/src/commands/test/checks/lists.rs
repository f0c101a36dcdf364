//! Lists of components, and what is in them.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::peer::{Era, Peer};
use super::super::report::{Outcome, Report, Rule, rule};
use super::{Facts, recommend_error, text};
use crate::commands::list::Listing;
use crate::exit::Failure;
use crate::lint::{Finding, Level, lint};

/// Maximum number of pages of a list.
const MAX_PAGES: usize = 1000;

/// Rules of `cargo mcp lint` that the specification has with MUST, or by its schema.
const REQUIRED: [&str; 4] =
    ["invalid-template", "output-not-object", "root-type", "unresolved-ref"];

/// Rules of `cargo mcp lint` that the specification has with SHOULD.
const RECOMMENDED: [&str; 3] = ["default-mismatch", "name-characters", "name-length"];

/// A list of components.
pub(in super::super) struct List {
    pub(in super::super) rule: Rule,
    method: &'static str,
    capability: &'static str,
    member: &'static str,
    /// Member that identifies an item.
    key: &'static str,
    store: fn(&mut Facts) -> &mut Option<Vec<Value>>,
}

pub(in super::super) const LISTS: [List; 4] = [
    List {
        rule: rule("list-tools", "server/tools"),
        method: "tools/list",
        capability: "tools",
        member: "tools",
        key: "name",
        store: |facts| &mut facts.tools,
    },
    List {
        rule: rule("list-resources", "server/resources"),
        method: "resources/list",
        capability: "resources",
        member: "resources",
        key: "uri",
        store: |facts| &mut facts.resources,
    },
    List {
        rule: rule("list-templates", "server/resources"),
        method: "resources/templates/list",
        capability: "resources",
        member: "resourceTemplates",
        key: "uriTemplate",
        store: |facts| &mut facts.templates,
    },
    List {
        rule: rule("list-prompts", "server/prompts"),
        method: "prompts/list",
        capability: "prompts",
        member: "prompts",
        key: "name",
        store: |facts| &mut facts.prompts,
    },
];

/// Follows a list to its end, and keeps the items.
pub(in super::super) async fn all_pages(
    peer: &mut Peer,
    introduction: &Value,
    list: &List,
    facts: &mut Facts,
) -> Outcome {
    let List { method, capability, member, key, store, .. } = list;
    if introduction["capabilities"].get(capability).is_none() {
        return Outcome::skip(format!("the server has no {capability}"));
    }
    let expected = format!("pages with `{member}`, whose items have a `{key}`");
    let (mut items, mut keys, mut cursors) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut outcome = Outcome::Pass;
    let mut params = json!({});
    for _ in 0..MAX_PAGES {
        let response = match peer.request(method, params).await {
            Ok(response) => response,
            Err(reason) => return Outcome::fail(expected, reason),
        };
        let Some(page) = response["result"][*member].as_array() else {
            return Outcome::fail(expected, super::answer(&response));
        };
        for item in page {
            match text(item, key) {
                None => return Outcome::fail(expected, item.to_string()),
                Some(name) => {
                    if !keys.insert(name.to_owned()) {
                        let expected = format!("a `{key}` of its own for each item");
                        let twice = Outcome::fail(expected, format!("`{name}` twice"));
                        outcome = twice.recommended();
                    }
                    items.push(item.clone());
                }
            }
        }
        match &response["result"]["nextCursor"] {
            Value::Null => {
                *store(facts) = Some(items);
                return outcome;
            }
            Value::String(cursor) if cursors.insert(cursor.clone()) => {
                params = json!({ "cursor": cursor });
            }
            cursor => return Outcome::fail(expected, format!("the cursor {cursor} again")),
        }
    }
    Outcome::fail(expected, format!("more than {MAX_PAGES} pages"))
}

/// A cursor that the server has not given.
pub(in super::super) async fn invalid_cursor(peer: &mut Peer, introduction: &Value) -> Outcome {
    let capabilities = &introduction["capabilities"];
    let list = LISTS.iter().find(|list| capabilities.get(list.capability).is_some());
    let Some(list) = list else { return Outcome::skip("the server has no lists") };
    let params = json!({ "cursor": "cargo-mcp/no-such-cursor" });
    recommend_error(peer.request(list.method, params).await, &[-32602])
}

/// Names, schemas and descriptions.
pub(in super::super) fn contents(
    facts: &Facts,
    era: Era,
    report: &mut Report,
) -> Result<(), Failure> {
    let components = rule("components", "server/tools");
    let descriptions = rule("descriptions", "server/tools");
    let listing = match listing(facts) {
        Ok(listing) => listing,
        Err(problem) => {
            let outcome = Outcome::fail("components of the form of the specification", problem);
            return report.add(components, era, outcome);
        }
    };
    let findings = lint(&listing, &[], era == Era::Legacy);
    let of = |rules: &[&str], levels: &[Level]| -> Vec<&Finding> {
        let is_meant = |it: &&Finding| rules.contains(&it.rule) && levels.contains(&it.level);
        findings.iter().filter(is_meant).collect()
    };
    let errors = [Level::Error];
    report.add(components, era, outcome(&of(&REQUIRED, &errors), "valid schemas and templates"))?;
    let names = outcome(&of(&RECOMMENDED, &errors), "names and defaults as recommended");
    report.add(rule("names", "server/tools"), era, names.recommended())?;
    let missing = of(&["missing-description"], &[Level::Error, Level::Warning]);
    let outcome = outcome(&missing, "a description of each component");
    report.add(descriptions, era, outcome.recommended())
}

fn outcome(findings: &[&Finding], expected: &str) -> Outcome {
    Outcome::of(findings.is_empty(), expected, || {
        let texts = findings.iter().map(|it| format!("{} {}", it.place, it.message));
        texts.collect::<Vec<_>>().join("; ")
    })
}

fn listing(facts: &Facts) -> Result<Listing, String> {
    Ok(Listing {
        tools: Some(parsed(&facts.tools)?),
        resources: Some(parsed(&facts.resources)?),
        resource_templates: Some(parsed(&facts.templates)?),
        prompts: Some(parsed(&facts.prompts)?),
    })
}

fn parsed<T: DeserializeOwned>(items: &Option<Vec<Value>>) -> Result<Vec<T>, String> {
    let items = items.iter().flatten();
    let parse = |item: &Value| {
        serde_json::from_value(item.clone()).map_err(|error| format!("{error}: {item}"))
    };
    items.map(parse).collect()
}

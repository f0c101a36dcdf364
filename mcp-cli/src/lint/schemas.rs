//! Schemas of tools.

use std::collections::HashSet;

use mcp_runtime::protocol::Tool;
use serde_json::{Map, Value};

use super::Finding;
use crate::lock::schema::accepts;

/// Maximum depth that all providers accept.
const MAX_DEPTH: usize = 10;

/// Length of a schema, in bytes, from which it takes much of a model's context.
const MAX_SIZE: usize = 32 * 1024;

/// Maximum number of values of an enumeration.
const MAX_VALUES: usize = 1000;

/// Maximum number of definitions that are searched for recursion.
const MAX_FOLLOWED: usize = 100;

/// Keywords with one schema.
const SCHEMAS: [&str; 9] = [
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedProperties",
];

/// Keywords with an array of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords with an object of schemas.
const MAPS: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Keywords that say nothing about values.
const WORDS: [&str; 5] = ["$comment", "default", "description", "examples", "title"];

pub(super) fn of_input(tool: &Tool) -> Vec<Finding> {
    let root = tool.input_schema.to_value();
    let place = format!("{}.inputSchema", tool.name);
    let mut findings = of_root(&root, &place);
    for (name, schema) in root["properties"].as_object().into_iter().flatten() {
        let target = resolved(schema, &root);
        let is_described = [Some(schema), target].into_iter().flatten().any(|schema| {
            schema["description"].as_str().is_some_and(|text| !text.trim().is_empty())
        });
        if !is_described {
            let place = format!("{place}.properties.{name}");
            findings.push(
                Finding::warning("missing-argument-description", place, "has no description")
                    .help("models fill arguments by their descriptions; write a doc comment"),
            );
        }
    }
    findings.extend(Walk::of(&root, &place));
    if tool.input_schema.as_str().len() > MAX_SIZE {
        let size = tool.input_schema.as_str().len() / 1024;
        let message = format!("has {size} KiB, which every request of a model contains");
        findings.push(Finding::warning("schema-size", place, message));
    }
    findings
}

pub(super) fn of_output(tool: &Tool, is_legacy: bool) -> Vec<Finding> {
    // Later revisions accept output of any type.
    let Some(schema) = tool.output_schema.as_ref().filter(|_| is_legacy) else {
        return Vec::new();
    };
    let place = format!("{}.outputSchema", tool.name);
    let root = schema.to_value();
    if resolved(&root, &root).is_some_and(|root| root["type"] == "object") {
        return Vec::new();
    }
    let message = "is not of the type `object`";
    let help = "revisions up to 2025-11-25 accept objects only";
    vec![Finding::error("output-not-object", place, message).help(help)]
}

fn of_root(root: &Value, place: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if root.get("$ref").is_some() {
        let message = "is a `$ref`, which no provider accepts at the root";
        findings.push(Finding::error("root-ref", place, message).help("write the object itself"));
    } else if root["type"] != "object" {
        let message = "is not of the type `object`";
        findings.push(Finding::error("root-type", place, message));
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if root.get(keyword).is_some() {
            let message = format!("has `{keyword}` at the root, which OpenAI and Anthropic refuse");
            findings.push(
                Finding::error("root-union", place, message)
                    .help("move the alternatives into an argument"),
            );
        }
    }
    findings
}

/// The schema that a reference leads to.
fn resolved<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.strip_prefix('#')?),
        None => Some(schema),
    }
}

/// Visits all schemas of a document.
struct Walk<'a> {
    root: &'a Value,
    findings: Vec<Finding>,
    depth: usize,
    followed: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn of(root: &'a Value, place: &str) -> Vec<Finding> {
        let mut walk = Self { root, findings: Vec::new(), depth: 0, followed: HashSet::new() };
        if let Value::Object(members) = root {
            walk.below(members, place, 0);
        }
        if walk.depth > MAX_DEPTH {
            let depth = walk.depth;
            let message = format!("is nested {depth} levels deep; OpenAI accepts {MAX_DEPTH}");
            walk.findings.push(Finding::warning("schema-depth", place, message));
        }
        walk.findings
    }

    fn visit(&mut self, schema: &Value, place: &str, depth: usize) {
        self.depth = self.depth.max(depth);
        let Value::Object(members) = schema else { return };
        self.of_reference(members, place);
        if members.get("type").is_some_and(Value::is_array) {
            let message = format!("has type {}", members["type"]);
            self.findings.push(
                Finding::warning("type-array", place, message)
                    .help("Anthropic's SDK and Gemini's OpenAPI subset reject it; use `anyOf`"),
            );
        }
        self.of_free_form(members, place);
        let values = members.get("enum").and_then(Value::as_array).map_or(0, Vec::len);
        if values > MAX_VALUES {
            let message = format!("has {values} values; OpenAI accepts {MAX_VALUES}");
            self.findings.push(Finding::warning("enum-size", place, message));
        }
        if let Some(default) = members.get("default")
            && accepts(schema, self.root, default) == Some(false)
        {
            let message = format!("has the default `{default}`, which the schema refuses");
            self.findings.push(Finding::error("default-mismatch", place, message));
        }
        self.below(members, place, depth);
    }

    fn below(&mut self, members: &Map<String, Value>, place: &str, depth: usize) {
        for (keyword, value) in members {
            let place = format!("{place}.{keyword}");
            match value {
                Value::Object(schemas) if MAPS.contains(&&**keyword) => {
                    // Definitions are as deep as the places that refer to them.
                    let is_member = keyword.ends_with("roperties");
                    for (name, schema) in schemas {
                        let place = format!("{place}.{name}");
                        if keyword == "properties" {
                            self.of_anything(schema, &place);
                        }
                        self.visit(schema, &place, if is_member { depth + 1 } else { depth });
                    }
                }
                Value::Array(schemas) if LISTS.contains(&&**keyword) => {
                    for (index, schema) in schemas.iter().enumerate() {
                        self.visit(schema, &format!("{place}[{index}]"), depth);
                    }
                }
                schema if SCHEMAS.contains(&&**keyword) => {
                    if keyword == "items" {
                        self.of_anything(schema, &place);
                    }
                    self.visit(schema, &place, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// Schemas that accept anything, of which a model learns nothing.
    fn of_anything(&mut self, schema: &Value, place: &str) {
        let message = match schema {
            Value::Bool(true) => "is `true`",
            Value::Object(members) if members.keys().all(|it| WORDS.contains(&&**it)) => {
                "accepts any value"
            }
            _ => return,
        };
        self.findings.push(Finding::error("bare-true", place, message).help("use a concrete type"));
    }

    fn of_free_form(&mut self, members: &Map<String, Value>, place: &str) {
        let has = |keywords: &[&str]| keywords.iter().any(|it| members.contains_key(*it));
        let message = match members.get("type").and_then(Value::as_str) {
            Some("object")
                if !has(&[
                    "properties",
                    "patternProperties",
                    "anyOf",
                    "oneOf",
                    "allOf",
                    "$ref",
                ]) =>
            {
                match members.get("additionalProperties") {
                    None | Some(Value::Bool(true)) => "is an object of any members",
                    _ => return,
                }
            }
            Some("array") if !has(&["items", "prefixItems", "maxItems"]) => {
                "is an array of any items"
            }
            _ => return,
        };
        self.findings.push(
            Finding::warning("free-form", place, message)
                .help("models guess what belongs there; describe the members"),
        );
    }

    fn of_reference(&mut self, members: &Map<String, Value>, place: &str) {
        let Some(reference) = members.get("$ref") else { return };
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let Some(pointer) = pointer.filter(|it| self.root.pointer(it).is_some()) else {
            let message = format!("refers to {reference}, which the schema does not contain");
            self.findings.push(
                Finding::error("unresolved-ref", place, message)
                    .help("clients do not fetch schemas; copy it to `$defs`"),
            );
            return;
        };
        // Each definition is followed once, and not too many of them.
        let is_new = self.followed.len() < MAX_FOLLOWED && self.followed.insert(pointer.to_owned());
        if is_new && self.leads_to(pointer) {
            let message = format!("is recursive through {reference}");
            self.findings.push(
                Finding::warning("recursion", place, message)
                    .help("Anthropic has no strict mode for it, and Gemini limits it"),
            );
        }
    }

    /// `true` if a definition contains a reference to itself, directly or through others.
    fn leads_to(&self, start: &str) -> bool {
        let mut seen = vec![start.to_owned()];
        let mut next = 0;
        while let Some(pointer) = seen.get(next).cloned() {
            next += 1;
            let mut found = Vec::new();
            if let Some(schema) = self.root.pointer(&pointer) {
                references(schema, &mut found);
            }
            for reference in found {
                // A reference to what contains it is recursive, too.
                if reference == start || start.starts_with(&format!("{reference}/")) {
                    return true;
                }
                if !seen.contains(&reference) {
                    seen.push(reference);
                }
            }
        }
        false
    }
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(pointer) = members.get("$ref").and_then(Value::as_str) {
                found.extend(pointer.strip_prefix('#').map(str::to_owned));
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

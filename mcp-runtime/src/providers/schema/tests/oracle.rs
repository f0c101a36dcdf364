//! Values that the output must accept or reject, judged by a validator of JSON Schema.

use std::collections::HashMap;

use jsonschema::Validator;
use mcp_core::schema::Schema;
use serde_json::{Value, json};

use super::super::{Dialect, Dropped, Narrowed, Narrowing, ProviderSchema, subset};
use super::circular::is_circular;
use super::entropy::Entropy;
use super::values::{mutated, value};

/// Counts of checks, so that a test without any fails.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) strict: usize,
    pub(super) accepted: usize,
    pub(super) returned: usize,
}

/// Checks a schema in every dialect, with values of its own and values of the output.
pub(super) fn check(original: &Value, bytes: &[u8], checked: &mut Checked) {
    let schema = Schema::from_value(original).unwrap();
    for dialect in Dialect::ALL {
        let rewritten = ProviderSchema::new(&schema, dialect);
        subset::check(&rewritten, dialect);
        assert_eq!(rewritten.is_strict(), dialect.is_strict() && rewritten.not_strict().is_empty());
        checked.strict += usize::from(rewritten.is_strict());
        let output = rewritten.schema().to_value();
        let accepts_output = validator(&output)
            .unwrap_or_else(|error| panic!("{dialect:?}: {error}\n{original}\n{output}"));
        let Some(oracle) = Oracle::new(original, &rewritten) else { continue };
        let mut entropy = Entropy::new(bytes);
        for round in 0..8 {
            let source = if round % 2 == 0 { original } else { &output };
            let mut sample = value(source, source, &mut entropy, 0);
            for _ in 0..3 {
                if sample.is_object() {
                    oracle.check(&sample, &output, &accepts_output, &rewritten, dialect, checked);
                }
                sample = mutated(&sample, &mut entropy);
            }
        }
    }
}

/// Formats are annotations, whatever the draft.
fn validator(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options().should_validate_formats(false).build(schema)
}

struct Oracle {
    original: Value,
    narrowed: Option<Validator>,
    reduced: Validator,
    reduced_schema: Value,
}

impl Oracle {
    /// `None` if the original is not a schema that can be judged.
    fn new(original: &Value, rewritten: &ProviderSchema) -> Option<Self> {
        if is_circular(original) || changes_root_only(original, rewritten) {
            return None;
        }
        validator(original).ok()?;
        let mut narrowed = original.clone();
        let is_old = original["$schema"].as_str().is_some_and(|draft| draft.contains("draft-0"));
        let applied = rewritten.narrowed().iter().all(|one| narrow(&mut narrowed, one, is_old));
        let mut reduced = original.clone();
        // What moves its alternatives is done last, from the inside.
        let mut dropped: Vec<_> = rewritten.dropped().iter().collect();
        dropped.sort_by_key(|one| (one.as_any_of, std::cmp::Reverse(one.path.len())));
        dropped.into_iter().for_each(|one| reduce(&mut reduced, one, is_old));
        Some(Self {
            narrowed: if applied { validator(&narrowed).ok() } else { None },
            reduced: validator(&reduced).ok()?,
            original: original.clone(),
            reduced_schema: reduced,
        })
    }

    fn check(
        &self,
        sample: &Value,
        output: &Value,
        accepts_output: &Validator,
        rewritten: &ProviderSchema,
        dialect: Dialect,
        checked: &mut Checked,
    ) {
        let context = || {
            format!(
                "{dialect:?}: {sample}\noriginal {}\noutput {output}\nreduced {}\ndropped {:?}\nnarrowed {:?}",
                self.original,
                self.reduced_schema,
                rewritten.dropped(),
                rewritten.narrowed(),
            )
        };
        let mut sent = Some(sample.clone());
        if self.narrowed.as_ref().is_some_and(|narrowed| narrowed.is_valid(sample)) {
            checked.accepted += 1;
            if dialect == Dialect::OpenAiStrict && rewritten.is_strict() {
                sent = forced(output, output, sample, &mut HashMap::new(), 0);
            }
            let accepted = sent.as_ref().is_some_and(|sent| accepts_output.is_valid(sent));
            assert!(accepted, "is not accepted: {}", context());
        }
        for mut value in [sent, Some(sample.clone())].into_iter().flatten() {
            if !accepts_output.is_valid(&value) {
                continue;
            }
            checked.returned += 1;
            let text = value.to_string();
            let undone = rewritten.undo().apply_text(&text).unwrap();
            rewritten.undo().apply(&mut value);
            assert_eq!(serde_json::from_str::<Value>(&undone).unwrap(), value, "{}", context());
            assert!(self.reduced.is_valid(&value), "is accepted, as {value}: {}", context());
        }
    }
}

/// Returns `true` if something was changed in the root, which the schema refers to. References keep the
/// original root, and paths cannot tell the two apart.
fn changes_root_only(original: &Value, rewritten: &ProviderSchema) -> bool {
    const INSIDE: [&str; 4] = ["/properties/", "/items", "/additionalProperties", "/$defs/"];
    let is_root = |path: &str| !INSIDE.iter().any(|keyword| path.contains(keyword));
    let dropped = rewritten.dropped().iter().map(|one| &one.path);
    let mut changed = dropped.chain(rewritten.narrowed().iter().map(|one| &one.path));
    changed.any(|path| is_root(path)) && refers_to_root(original)
}

fn refers_to_root(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            members.get("$ref").is_some_and(|reference| reference == "#")
                || members.values().any(refers_to_root)
        }
        Value::Array(items) => items.iter().any(refers_to_root),
        _ => false,
    }
}

fn narrow(schema: &mut Value, narrowed: &Narrowed, is_old: bool) -> bool {
    let Some(Value::Object(place)) = schema.pointer_mut(&narrowed.path) else { return false };
    match &narrowed.narrowing {
        Narrowing::Closed if is_old => return false,
        Narrowing::Closed => drop(place.insert("unevaluatedProperties".into(), json!(false))),
        Narrowing::Types(_) if place.contains_key("type") => {}
        Narrowing::Types(types) => drop(place.insert("type".into(), json!(types))),
    }
    true
}

/// Removes what was dropped.
fn reduce(schema: &mut Value, dropped: &Dropped, is_old: bool) {
    let Some((parent, token)) = dropped.path.rsplit_once('/') else { return };
    let token = token.replace("~1", "/").replace("~0", "~");
    match schema.pointer_mut(parent) {
        Some(Value::Object(place)) => {
            let removed = place.remove(&token);
            if token == "$ref" && is_old {
                // What stands beside a reference has no meaning.
                place.clear();
            } else if let (Some(branches @ Value::Array(_)), true) = (removed, dropped.as_any_of) {
                let all = place.entry("allOf").or_insert_with(|| json!([]));
                if let Value::Array(all) = all {
                    all.push(json!({ "anyOf": branches }));
                }
            }
        }
        Some(Value::Array(items)) => {
            if let Some(item) = token.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = json!(true);
            }
        }
        _ => {}
    }
}

/// Adds the nulls that strict mode wants; `None` if the schema does not accept the value.
fn forced(
    schema: &Value,
    root: &Value,
    value: &Value,
    leaves: &mut HashMap<String, Validator>,
    depth: usize,
) -> Option<Value> {
    if depth > 60 {
        return None;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#')?)?;
        return forced(target, root, value, leaves, depth + 1);
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        return branches.iter().find_map(|branch| forced(branch, root, value, leaves, depth + 1));
    }
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(members)) => {
            let properties = schema["properties"].as_object()?;
            if members.keys().any(|name| !properties.contains_key(name)) {
                return None;
            }
            let all = properties.iter().map(|(name, property)| {
                let member = members.get(name).unwrap_or(&Value::Null);
                Some((name.clone(), forced(property, root, member, leaves, depth + 1)?))
            });
            all.collect::<Option<_>>().map(Value::Object)
        }
        (Some("array"), Value::Array(items)) => {
            let length = items.len() as u64;
            if schema["minItems"].as_u64().is_some_and(|least| length < least)
                || schema["maxItems"].as_u64().is_some_and(|most| length > most)
            {
                return None;
            }
            let items = items.iter();
            let items = items.map(|item| forced(&schema["items"], root, item, leaves, depth + 1));
            items.collect::<Option<_>>().map(Value::Array)
        }
        (Some("object" | "array"), _) => None,
        _ => {
            let leaf =
                leaves.entry(schema.to_string()).or_insert_with(|| validator(schema).unwrap());
            leaf.is_valid(value).then(|| value.clone())
        }
    }
}

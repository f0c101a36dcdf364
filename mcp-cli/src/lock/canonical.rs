//! Canonical JSON, and its digest.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value};

use crate::files::sha256;

/// Keywords that describe, and neither accept nor refuse values.
const ANNOTATIONS: [&str; 8] = [
    "$comment",
    "$schema",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Keywords whose value is an object of schemas.
const MAPS: [&str; 5] =
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

/// Keywords whose value is data, not a schema.
const DATA: [&str; 3] = ["const", "default", "enum"];

/// Sorts the members of all objects.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// SHA-256 of the canonical text: sorted members, no white space.
pub(crate) fn digest(value: &Value) -> String {
    format!("sha256:{}", sha256(sorted(value).to_string().as_bytes()))
}

/// `true` for keywords that describe only. Those of vendors begin with `x-`.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword) || keyword.starts_with("x-")
}

/// A schema without the keywords that describe, with sorted members.
pub(crate) fn without_annotations(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut members: Vec<_> =
                members.iter().filter(|(keyword, _)| !is_annotation(keyword)).collect();
            members.sort_by_key(|(keyword, _)| *keyword);
            let stripped = members.into_iter().map(|(keyword, value)| {
                let value = match value {
                    Value::Object(schemas) if MAPS.contains(&&**keyword) => of_map(schemas),
                    _ if DATA.contains(&&**keyword) => sorted(value),
                    _ => without_annotations(value),
                };
                (keyword.clone(), value)
            });
            stripped.collect()
        }
        Value::Array(items) => items.iter().map(without_annotations).collect(),
        other => other.clone(),
    }
}

fn of_map(schemas: &Map<String, Value>) -> Value {
    let mut schemas: Vec<_> = schemas.iter().collect();
    schemas.sort_by_key(|(name, _)| *name);
    schemas.into_iter().map(|(name, schema)| (name.clone(), without_annotations(schema))).collect()
}

/// A schema with all that it refers to, as a text. Schemas with the same one are the same.
pub(crate) fn closure(schema: &Value, root: &Value) -> String {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut next = vec![schema];
    while let Some(schema) = next.pop() {
        match schema {
            Value::Object(members) => {
                next.extend(members.values());
                let reference = members.get("$ref").and_then(Value::as_str);
                let target = reference.and_then(|it| root.pointer(it.strip_prefix('#')?));
                if let (Some(reference), Some(target)) = (reference, target)
                    && let Entry::Vacant(entry) = found.entry(reference)
                {
                    entry.insert(without_annotations(target).to_string());
                    next.push(target);
                }
            }
            Value::Array(items) => next.extend(items),
            _ => {}
        }
    }
    format!("{} {found:?}", without_annotations(schema))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        let one = json!({ "b": [{ "y": 1, "x": 2 }], "a": null });
        let other = json!({ "a": null, "b": [{ "x": 2, "y": 1 }] });
        assert_eq!(digest(&one), digest(&other));
        assert_ne!(digest(&one), digest(&json!({ "a": null, "b": [] })));
        let empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(digest(&json!({})), empty);
    }

    #[test]
    fn arguments_named_like_annotations_stay() {
        let schema = json!({
            "type": "object", "title": "T", "x-vendor": 1,
            "properties": { "title": { "type": "string", "description": "D", "default": { "title": 1 } } },
        });
        let stripped = json!({
            "properties": { "title": { "default": { "title": 1 }, "type": "string" } },
            "type": "object",
        });
        assert_eq!(without_annotations(&schema).to_string(), stripped.to_string());
    }
}

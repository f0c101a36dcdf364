//! Forms of schemas that have a type of their own.

use serde_json::{Map, Value};

/// A variant of an enum that one member identifies.
pub(super) struct Variant<'a> {
    pub(super) value: &'a str,
    pub(super) schema: &'a Value,
}

/// The schema that a reference leads to, one step.
pub(super) fn target<'a>(schema: &Value, root: &'a Value) -> Option<(&'a Value, String)> {
    let reference = schema.get("$ref")?.as_str()?;
    let found = root.pointer(reference.strip_prefix('#')?)?;
    Some((found, reference.rsplit('/').next().unwrap_or_default().to_owned()))
}

/// Alternatives of a schema.
pub(super) fn branches(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array)
}

pub(super) fn is_null(schema: &Value) -> bool {
    schema["type"] == "null" || schema.get("const").is_some_and(Value::is_null)
}

/// Texts of an enumeration, each with its description.
pub(super) fn texts(schema: &Value) -> Option<Vec<(&str, Option<&str>)>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![(value.as_str()?, schema["description"].as_str())]);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let texts: Option<Vec<_>> =
            values.iter().map(|value| Some((value.as_str()?, None))).collect();
        return texts.filter(|texts| !texts.is_empty());
    }
    let all: Option<Vec<_>> = branches(schema)?.iter().map(texts).collect();
    let all: Vec<_> = all?.into_iter().flatten().collect();
    Some(all).filter(|all| !all.is_empty())
}

/// The member that identifies the variants of a union of objects, and the variants.
pub(super) fn variants<'a>(
    schema: &'a Value,
    root: &'a Value,
) -> Option<(&'a str, Vec<Variant<'a>>)> {
    let branches = branches(schema)?;
    let resolved = |branch: &'a Value| target(branch, root).map_or(branch, |(found, _)| found);
    let first = resolved(branches.first()?);
    let tags = properties(first)?.keys();
    tags.filter_map(|tag| {
        let variants = branches.iter().map(|branch| {
            let schema = resolved(branch);
            let required = schema["required"].as_array()?;
            let value = properties(schema)?.get(tag)?.get("const")?.as_str()?;
            required.iter().any(|it| it == tag).then_some(Variant { value, schema })
        });
        let variants: Vec<_> = variants.collect::<Option<_>>()?;
        let mut values: Vec<_> = variants.iter().map(|it| it.value).collect();
        values.sort_unstable();
        values.dedup();
        (values.len() == variants.len()).then_some((tag.as_str(), variants))
    })
    .next()
}

/// Members of an object that has some.
pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())
}

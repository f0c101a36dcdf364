//! Texts of the command line as values of the type that a schema states.

use std::cell::Cell;

use serde_json::{Number, Value};

use super::nearest;

/// Maximum number of references and unions that are followed.
const MAX_DEPTH: usize = 16;

/// Maximum number of schemas that are tried. References can repeat one many times.
const MAX_STEPS: usize = 10_000;

/// Schema with the definitions, and the number of schemas that were tried.
struct Definitions<'a> {
    root: &'a Value,
    steps: Cell<usize>,
}

/// Converts a text into a value of the type of a schema. Definitions are those of `root`.
///
/// # Errors
/// The description of what was expected, as in `expected an integer, got "x"`.
pub(crate) fn coerce(text: &str, schema: &Value, root: &Value) -> Result<Value, String> {
    coerce_at(text, schema, &Definitions { root, steps: Cell::new(0) }, 0)
}

/// Follows the references of a schema.
pub(crate) fn resolve<'a>(mut schema: &'a Value, root: &'a Value) -> &'a Value {
    for _ in 0..MAX_DEPTH {
        let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        match (target.and_then(|pointer| root.pointer(pointer)), schema["allOf"].as_array()) {
            (Some(target), _) => schema = target,
            (None, Some(parts)) if parts.len() == 1 => schema = &parts[0],
            _ => break,
        }
    }
    schema
}

fn coerce_at(
    text: &str,
    schema: &Value,
    all: &Definitions<'_>,
    depth: usize,
) -> Result<Value, String> {
    let schema = resolve(schema, all.root);
    all.steps.set(all.steps.get() + 1);
    if depth > MAX_DEPTH || all.steps.get() > MAX_STEPS {
        return Ok(any(text));
    }
    if let Some(value) = schema.get("const") {
        return one_of(text, std::slice::from_ref(value));
    }
    if let Some(values) = schema["enum"].as_array() {
        return one_of(text, values);
    }
    if let Some(branches) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return union(text, branches, all, depth);
    }
    match &schema["type"] {
        Value::String(kind) => of_type(text, kind, schema, all, depth),
        Value::Array(kinds) => {
            let branch = |kind: &Value| {
                let mut branch = schema.clone();
                branch["type"] = kind.clone();
                branch
            };
            union(text, &kinds.iter().map(branch).collect::<Vec<_>>(), all, depth)
        }
        _ => Ok(any(text)),
    }
}

/// The first branch that the text fits. Texts come last, because any text is one.
fn union(
    text: &str,
    branches: &[Value],
    all: &Definitions<'_>,
    depth: usize,
) -> Result<Value, String> {
    let constants: Vec<_> = branches.iter().filter_map(|it| it.get("const").cloned()).collect();
    if constants.len() == branches.len() {
        return one_of(text, &constants);
    }
    let rank = |branch: &&Value| {
        let branch = resolve(branch, all.root);
        match branch["type"].as_str() {
            Some("string") if branch.get("enum").is_none() && branch.get("const").is_none() => 1,
            Some("null") => 2,
            None if branch.as_object().is_some_and(|it| it.is_empty()) => 3,
            _ => 0,
        }
    };
    let mut ranked: Vec<&Value> = branches.iter().collect();
    ranked.sort_by_key(rank);
    let mut first = None;
    for branch in ranked {
        match coerce_at(text, branch, all, depth + 1) {
            Ok(value) => return Ok(value),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    first.map_or_else(|| Ok(any(text)), Err)
}

fn one_of(text: &str, values: &[Value]) -> Result<Value, String> {
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(value) = values.iter().find(|value| shown(value) == text) {
        return Ok(value.clone());
    }
    let names: Vec<String> = values.iter().map(shown).collect();
    let expected = match &names[..] {
        [] => "no value".to_owned(),
        [one] => format!("`{one}`"),
        _ => format!("one of {}", quoted(&names)),
    };
    let hint = match nearest(text, names.iter().map(String::as_str)) {
        Some(name) if names.len() > 1 => format!("; did you mean `{name}`?"),
        _ => String::new(),
    };
    Err(format!("expected {expected}, got {text:?}{hint}"))
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn of_type(
    text: &str,
    kind: &str,
    schema: &Value,
    all: &Definitions<'_>,
    depth: usize,
) -> Result<Value, String> {
    let expected = |what: &str| format!("expected {what}, got {text:?}");
    match kind {
        "string" => Ok(text.into()),
        "integer" => integer(text).ok_or_else(|| expected("an integer")),
        "number" => number(text).ok_or_else(|| expected("a number")),
        "boolean" => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(expected("`true` or `false`")),
        },
        "null" if text == "null" => Ok(Value::Null),
        "null" => Err(expected("`null`")),
        "array" if text.trim_start().starts_with('[') => match serde_json::from_str(text) {
            Ok(value @ Value::Array(_)) => Ok(value),
            _ => Err(expected("an array as JSON")),
        },
        "array" => {
            let items = match text {
                "" => Vec::new(),
                text => text.split(',').map(str::trim).collect(),
            };
            let items = items.iter().map(|item| coerce_at(item, &schema["items"], all, depth + 1));
            items.collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        "object" => match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(value),
            _ => Err(expected("an object as JSON")),
        },
        _ => Ok(any(text)),
    }
}

fn integer(text: &str) -> Option<Value> {
    let text = text.trim();
    match (text.parse::<i64>(), text.parse::<u64>()) {
        (Ok(value), _) => Some(value.into()),
        (_, Ok(value)) => Some(value.into()),
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    integer(text).or_else(|| Number::from_f64(text.parse().ok()?).map(Value::Number))
}

/// A value of no stated type: JSON if it is JSON, else a text.
fn any(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, text: &str, expected: Result<Value, &str>) {
        let root = json!({ "$defs": {
            "Level": { "enum": ["low", "high"] },
            "Loop": { "$ref": "#/$defs/Loop" },
            "Tree": { "anyOf": [{ "$ref": "#/$defs/Tree" }] },
        } });
        match (coerce(text, &schema, &root), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text} as {schema}"),
            (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
            (found, _) => panic!("{found:?} for {text} as {schema}"),
        }
    }

    #[test]
    fn texts_become_the_type_of_the_schema() {
        let typed = |kind: &str| json!({ "type": kind });
        check(typed("string"), "7", Ok(json!("7")));
        check(typed("string"), "", Ok(json!("")));
        check(typed("integer"), "-7", Ok(json!(-7)));
        check(typed("integer"), "18446744073709551615", Ok(json!(u64::MAX)));
        check(typed("integer"), "7.5", Err("expected an integer, got \"7.5\""));
        check(typed("number"), "7.5", Ok(json!(7.5)));
        check(typed("number"), "7", Ok(json!(7)));
        check(typed("number"), "inf", Err("expected a number"));
        check(typed("boolean"), "true", Ok(json!(true)));
        check(typed("boolean"), "yes", Err("expected `true` or `false`, got \"yes\""));
        check(typed("object"), r#"{"a":1}"#, Ok(json!({ "a": 1 })));
        check(typed("object"), "a", Err("expected an object as JSON"));
        check(typed("null"), "null", Ok(json!(null)));
        check(json!({}), "[1]", Ok(json!([1])));
        check(json!(true), "words", Ok(json!("words")));
    }

    #[test]
    fn arrays_are_json_or_lists() {
        let schema = json!({ "type": "array", "items": { "type": "integer" } });
        check(schema.clone(), "1, 2", Ok(json!([1, 2])));
        check(schema.clone(), "[1,2]", Ok(json!([1, 2])));
        check(schema.clone(), "", Ok(json!([])));
        check(schema.clone(), "1,x", Err("expected an integer, got \"x\""));
        check(schema, "[1", Err("expected an array as JSON"));
        check(
            json!({ "type": "array", "items": { "$ref": "#/$defs/Level" } }),
            "low,high",
            Ok(json!(["low", "high"])),
        );
    }

    #[test]
    fn schemas_that_repeat_themselves_end() {
        let node = json!({ "$ref": "#/$defs/Node" });
        let item = json!({ "type": "array", "items": node });
        let root = json!({ "$defs": { "Node": { "anyOf": vec![item; 100] } } });
        assert!(coerce("a,b,c", &node, &root).is_ok());
    }

    #[test]
    fn references_and_unions_are_followed() {
        let level = json!({ "$ref": "#/$defs/Level" });
        check(level.clone(), "low", Ok(json!("low")));
        check(
            level.clone(),
            "hihg",
            Err("one of `low`, `high`, got \"hihg\"; did you mean `high`?"),
        );
        check(json!({ "allOf": [level] }), "low", Ok(json!("low")));
        let optional = json!({ "anyOf": [{ "$ref": "#/$defs/Level" }, { "type": "null" }] });
        check(optional.clone(), "null", Ok(json!(null)));
        check(optional, "other", Err("expected one of"));
        check(json!({ "type": ["integer", "null"] }), "5", Ok(json!(5)));
        check(json!({ "type": ["string", "null"] }), "null", Ok(json!("null")));
        check(json!({ "type": ["string", "integer"] }), "5", Ok(json!(5)));
        check(json!({ "type": ["string", "integer"] }), "five", Ok(json!("five")));
        let titled = json!({ "oneOf": [{ "const": "s", "title": "Small" }, { "const": "l" }] });
        check(titled.clone(), "s", Ok(json!("s")));
        check(titled, "x", Err("one of `s`, `l`"));
        check(json!({ "$ref": "#/$defs/Loop" }), "5", Ok(json!(5)));
        check(json!({ "$ref": "#/$defs/Tree" }), "5", Ok(json!(5)));
    }
}

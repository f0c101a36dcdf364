//! The answer to a form: defaults of the fields that the user left out, and the check of all fields.
//!
//! Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).

use mcp_core::jsonrpc::Raw;
use mcp_core::schema::Schema;
use serde_json::{Map, Value};

use crate::client::message::to_json;
use crate::constraint::schema::{CompiledSchema, Found};

/// Completes the content of an accepted form: fields of `null` count as left out unless the form allows
/// `null`, and fields that were left out take their defaults.
pub(super) fn complete(schema: &Schema, content: Option<Map<String, Value>>) -> Map<String, Value> {
    let mut content = content.unwrap_or_default();
    let schema = schema.to_value();
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in fields {
        let is_null = content.get(name).is_some_and(Value::is_null);
        if is_null && has_type(field) && !allows_null(field) {
            content.remove(name);
        }
        if let Some(default) = field.get("default").filter(|_| !content.contains_key(name)) {
            content.insert(name.clone(), default.clone());
        }
    }
    content
}

/// Checks the content of an accepted form.
///
/// # Errors
/// All faults, each with its path.
pub(super) fn check(schema: &Schema, content: &Map<String, Value>) -> Result<(), String> {
    const MAX_FAULTS: usize = 16;
    let schema = schema.to_value();
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    // Keywords that are not known do not constrain the answer.
    let (mut compiled, _) = CompiledSchema::compile(&schema, &definitions);
    compiled.check_everything();
    let content = to_json(content);
    let faults = compiled.check("content", Found::Json(Raw::from_accepted(&content)));
    let shown =
        faults.iter().take(MAX_FAULTS).map(|fault| format!("`{}`: {}", fault.path, fault.what));
    let shown: Vec<_> = shown.collect();
    if shown.is_empty() { Ok(()) } else { Err(shown.join("; ")) }
}

/// `true` if a field states its type or its values.
fn has_type(field: &Value) -> bool {
    ["type", "enum", "const", "oneOf", "anyOf"].iter().any(|keyword| field.get(keyword).is_some())
}

fn allows_null(field: &Value) -> bool {
    let lists_null = |keyword: &str, is_null: fn(&Value) -> bool| {
        field.get(keyword).and_then(Value::as_array).is_some_and(|list| list.iter().any(is_null))
    };
    field.get("type").is_some_and(|kind| kind == "null")
        || lists_null("type", |kind| kind == "null")
        || lists_null("enum", Value::is_null)
        || lists_null("anyOf", allows_null)
        || lists_null("oneOf", allows_null)
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::Schema;
    use serde_json::{Value, json};

    fn check(properties: Value, content: Value, expected: Value) {
        let schema = json!({ "type": "object", "properties": properties });
        let schema = Schema::from_value(&schema).unwrap();
        let content = super::complete(&schema, content.as_object().cloned());
        assert_eq!(json!(content), expected);
    }

    #[test]
    fn only_what_is_left_out_is_filled_in() {
        let fields = || {
            json!({
                "name": { "type": "string", "default": "Ann" },
                "age": { "type": "integer", "default": 30 },
                "city": { "type": "string" },
            })
        };
        check(fields(), json!(null), json!({ "name": "Ann", "age": 30 }));
        check(fields(), json!({ "name": "Bob" }), json!({ "name": "Bob", "age": 30 }));
        let empty = json!({ "name": null, "age": null, "city": null, "more": null });
        check(fields(), empty, json!({ "name": "Ann", "age": 30, "more": null }));
    }

    #[test]
    fn answers_are_checked_against_the_form() {
        let schema = json!({
            "type": "object",
            "properties": {
                "count": { "type": "integer", "minimum": 1, "maximum": 9 },
                "ratio": { "type": "number" },
                "name": { "type": "string", "minLength": 2 },
                "mail": { "type": "string", "format": "email" },
                "sure": { "type": "boolean" },
                "color": { "type": "string", "enum": ["red", "green"] },
                "size": { "oneOf": [{ "const": "s", "title": "Small" }, { "const": "l", "title": "L" }] },
                "days": {
                    "type": "array",
                    "maxItems": 2,
                    "items": { "type": "string", "enum": ["mon", "tue", "wed"] },
                },
                "tags": { "type": "array", "items": { "anyOf": [{ "const": "a", "title": "A" }] } },
                "free": { "unheard_of": 7, "type": "text" },
                "given": {},
            },
            "required": ["given"],
        });
        let schema = Schema::from_value(&schema).unwrap();
        let check = |name: &str, value: Value, expected: Option<&str>| {
            let mut content = json!({ "given": 1 }).as_object().cloned().unwrap();
            content.insert(name.to_owned(), value);
            match (super::check(&schema, &content), expected) {
                (Ok(()), None) => {}
                (Err(error), Some(part)) => {
                    assert!(error.contains(part) && error.contains(name), "{error}");
                }
                (found, _) => panic!("{name}: {found:?}"),
            }
        };
        for (name, fine) in [
            ("count", json!(5)),
            ("count", json!(5.0)),
            ("ratio", json!(5)),
            ("name", json!("Ann")),
            ("mail", json!("ann@example.com")),
            ("sure", json!(false)),
            ("color", json!("red")),
            ("size", json!("l")),
            ("days", json!(["mon", "tue"])),
            ("tags", json!(["a"])),
            ("free", json!([1])),
            ("more", json!("x")),
        ] {
            check(name, fine, None);
        }
        for (name, wrong, part) in [
            ("count", json!("abc"), "expected an integer from 1 to 9, got \"abc\""),
            ("count", json!("5"), "expected an integer"),
            ("count", json!(5.5), "expected an integer"),
            ("count", json!(10), "from 1 to 9, got 10"),
            ("ratio", json!(true), "expected a number"),
            ("name", json!("x"), "at least 2 characters"),
            ("name", json!(7), "expected a string"),
            ("name", json!({ "a": 1 }), "expected a string"),
            ("mail", json!("ann"), "an email address"),
            ("sure", json!("yes"), "got \"yes\""),
            ("color", json!("blue"), "got \"blue\""),
            ("size", json!("Small"), "got \"Small\""),
            ("days", json!(["mon", "tue", "wed"]), "2"),
            ("days", json!(["sun"]), "got \"sun\""),
            ("days", json!("mon"), "got \"mon\""),
            ("tags", json!(["A"]), "got \"A\""),
        ] {
            check(name, wrong, Some(part));
        }
        let error = super::check(&schema, &Default::default()).unwrap_err();
        assert!(error.contains("given"), "{error}");
    }

    #[test]
    fn null_stays_where_it_is_a_value() {
        for field in [
            json!({ "type": ["string", "null"], "default": "x" }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }], "default": "x" }),
            json!({ "enum": ["a", null], "default": "a" }),
            json!({ "default": "x" }),
        ] {
            check(json!({ "a": field }), json!({ "a": null }), json!({ "a": null }));
        }
    }
}

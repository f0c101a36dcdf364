//! The answer to a form: defaults of the fields that the user left out, and the check of all fields.
//!
//! Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).

use mcp_core::schema::Schema;
use serde_json::{Map, Value};

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

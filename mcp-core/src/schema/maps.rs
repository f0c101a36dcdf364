//! Values of maps, without patterns for their names.
//!
//! `patternProperties`, with which maps from integers are described, is a keyword that hosts refuse.

use serde_json::{Map, Value, json};

use super::arrays::distinct;

/// Moves the schemas of `patternProperties` to the keyword for all other members. The type keeps the
/// names apart when the value is read.
pub(super) fn name_values(object: &mut Map<String, Value>) {
    let Some(Value::Object(patterns)) = object.remove("patternProperties") else { return };
    let others = ["additionalProperties", "unevaluatedProperties"]
        .into_iter()
        .find(|keyword| object.contains_key(*keyword));
    // Without such a keyword, members with other names are not restricted.
    let Some(keyword) = others else { return };
    let rest = match object.remove(keyword) {
        Some(Value::Bool(false)) | None => None,
        Some(other) => Some(other),
    };
    let schemas = distinct(patterns.values().chain(&rest));
    let values = match schemas.as_slice() {
        [] => Value::Bool(false),
        [only] => (*only).clone(),
        several => json!({ "anyOf": several }),
    };
    object.insert(keyword.to_owned(), values);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn check(schema: Value, expected: Value) {
        let Value::Object(mut object) = schema else { return };
        super::name_values(&mut object);
        assert_eq!(Value::Object(object), expected);
    }

    #[test]
    fn values_of_maps_do_not_depend_on_names() {
        let flag = json!({ "type": "boolean" });
        let text = json!({ "type": "string" });
        check(
            json!({ "patternProperties": { r"^\d+$": flag }, "additionalProperties": false }),
            json!({ "additionalProperties": flag }),
        );
        check(
            json!({ "patternProperties": { "^a": flag, "^b": text }, "additionalProperties": false }),
            json!({ "additionalProperties": { "anyOf": [flag, text] } }),
        );
        check(
            json!({ "patternProperties": { "^a": flag }, "additionalProperties": text }),
            json!({ "additionalProperties": { "anyOf": [flag, text] } }),
        );
        check(
            json!({ "patternProperties": { "^a": flag }, "unevaluatedProperties": false }),
            json!({ "unevaluatedProperties": flag }),
        );
        check(json!({ "patternProperties": { "^a": flag } }), json!({}));
        check(
            json!({ "patternProperties": {}, "additionalProperties": false }),
            json!({ "additionalProperties": false }),
        );
    }
}

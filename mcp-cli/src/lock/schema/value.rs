//! Application of a schema to one value.

use serde_json::Value;

use super::bounds::number;
use super::flat::{Flat, values};

/// Verdict about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepts {
    Yes,
    No,
    Unknown,
}

/// `true` if the value has the type of the schema.
pub(super) fn is_of_type(value: &Value, flat: &Flat) -> bool {
    match flat.get("type").and_then(Value::as_str) {
        None => true,
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) => false,
    }
}

/// Applies a schema without alternatives to a value.
pub(super) fn accepts(flat: &Flat, value: &Value) -> Accepts {
    if !is_of_type(value, flat) {
        return Accepts::No;
    }
    if values(flat).is_some_and(|all| !all.iter().any(|it| is_equal(it, value))) {
        return Accepts::No;
    }
    let mut verdict = Accepts::Yes;
    for keyword in flat.keys() {
        match applies(keyword, flat, value) {
            Accepts::No => return Accepts::No,
            Accepts::Unknown => verdict = Accepts::Unknown,
            Accepts::Yes => {}
        }
    }
    verdict
}

fn applies(keyword: &str, flat: &Flat, value: &Value) -> Accepts {
    let limit = number(flat, keyword).unwrap_or_default();
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let number = value.as_f64();
    let is_met = match keyword {
        "type" | "const" | "enum" => true,
        "minimum" => number.is_none_or(|it| it >= limit),
        "exclusiveMinimum" => number.is_none_or(|it| it > limit),
        "maximum" => number.is_none_or(|it| it <= limit),
        "exclusiveMaximum" => number.is_none_or(|it| it < limit),
        "minLength" => length.is_none_or(|it| it >= limit),
        "maxLength" => length.is_none_or(|it| it <= limit),
        "pattern" | "format" | "contentEncoding" | "contentMediaType" if !value.is_string() => true,
        "multipleOf" if !value.is_number() => true,
        "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" if !value.is_array() => {
            true
        }
        "properties" | "required" | "additionalProperties" | "minProperties" | "maxProperties"
            if !value.is_object() =>
        {
            true
        }
        _ => return Accepts::Unknown,
    };
    if is_met { Accepts::Yes } else { Accepts::No }
}

/// Equality of JSON, in which 1 and 1.0 are the same number.
fn is_equal(one: &Value, other: &Value) -> bool {
    one == other || one.is_number() && one.as_f64() == other.as_f64()
}

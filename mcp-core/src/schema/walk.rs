//! Subschemas of a schema, and the type that a schema names.

use serde_json::{Map, Value};

/// JSON type that is not a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
}

impl Scalar {
    /// Returns the scalar that a schema's `type` names, alone or together with `null`.
    pub fn of(schema: &Value) -> Option<Self> {
        match schema.get("type")? {
            Value::String(name) => Self::named(name),
            Value::Array(names) => {
                let mut others = names.iter().filter(|name| *name != "null");
                let name = others.next()?.as_str()?;
                others.next().is_none().then(|| Self::named(name))?
            }
            _ => None,
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "integer" => Some(Self::Integer),
            "number" => Some(Self::Number),
            "boolean" => Some(Self::Boolean),
            "string" => Some(Self::String),
            _ => None,
        }
    }
}

/// Form in which a keyword contains schemas.
enum Holds {
    One,
    List,
    Map,
    /// `items` was a list before draft 2020-12.
    OneOrList,
}

fn holds(keyword: &str) -> Option<Holds> {
    match keyword {
        "additionalItems"
        | "additionalProperties"
        | "contains"
        | "contentSchema"
        | "else"
        | "if"
        | "not"
        | "propertyNames"
        | "then"
        | "unevaluatedItems"
        | "unevaluatedProperties" => Some(Holds::One),
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Some(Holds::List),
        "$defs" | "definitions" | "dependentSchemas" | "patternProperties" | "properties" => {
            Some(Holds::Map)
        }
        "items" => Some(Holds::OneOrList),
        _ => None,
    }
}

/// Calls `visit` for every schema directly inside this one: keyword, key or index within the
/// keyword, and the schema.
pub(super) fn subschemas<'a>(
    schema: &'a Value,
    mut visit: impl FnMut(&'a str, Option<&str>, &'a Value),
) {
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        match (holds(keyword), value) {
            (Some(Holds::List | Holds::OneOrList), Value::Array(list)) => {
                for (index, inner) in list.iter().enumerate() {
                    visit(keyword, Some(&index.to_string()), inner);
                }
            }
            (Some(Holds::Map), Value::Object(map)) => {
                for (key, inner) in map {
                    visit(keyword, Some(key), inner);
                }
            }
            (Some(Holds::One | Holds::OneOrList), _) => visit(keyword, None, value),
            _ => {}
        }
    }
}

/// Calls `visit` for every schema directly inside this one, to change it.
pub(super) fn subschemas_mut(
    schema: &mut Map<String, Value>,
    mut visit: impl FnMut(&str, &mut Value),
) {
    for (keyword, value) in schema {
        match (holds(keyword), value) {
            (Some(Holds::List | Holds::OneOrList), Value::Array(list)) => {
                list.iter_mut().for_each(|inner| visit(keyword, inner));
            }
            (Some(Holds::Map), Value::Object(map)) => {
                map.values_mut().for_each(|inner| visit(keyword, inner));
            }
            (Some(Holds::One | Holds::OneOrList), value) => visit(keyword, value),
            _ => {}
        }
    }
}

/// Extends a JSON pointer by one or two steps.
pub fn pointer_to(pointer: &str, keyword: &str, key: Option<&str>) -> String {
    let mut longer = format!("{pointer}/{keyword}");
    if let Some(key) = key {
        longer.push('/');
        longer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    }
    longer
}

/// Returns the name under `$defs` that a reference, the value of `$ref`, points at.
pub fn definition_named(reference: &Value) -> Option<String> {
    let reference = reference.as_str()?.strip_prefix("#/$defs/")?;
    Some(percent_decode(reference).replace("~1", "/").replace("~0", "~"))
}

/// Decodes a URI fragment; malformed parts are left as they are.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match tail {
            [high, low, after @ ..] if first == b'%' => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => {
                    bytes.push(first);
                    rest = tail;
                }
            },
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Scalar, definition_named};

    #[test]
    fn one_scalar_type_is_recognised() {
        let check = |name: Value, expected| {
            assert_eq!(Scalar::of(&json!({ "type": name })), expected, "{name}");
        };
        check(json!("integer"), Some(Scalar::Integer));
        check(json!("number"), Some(Scalar::Number));
        check(json!("boolean"), Some(Scalar::Boolean));
        check(json!(["string", "null"]), Some(Scalar::String));
        check(json!(["string", "integer"]), None);
        check(json!(["null"]), None);
        check(json!("null"), None);
        check(json!("object"), None);
        assert_eq!(Scalar::of(&json!({})), None);
        assert_eq!(Scalar::of(&json!(true)), None);
    }

    #[test]
    fn references_name_definitions() {
        let check = |reference: &str, expected: Option<&str>| {
            let name = definition_named(&json!(reference));
            assert_eq!(name.as_deref(), expected, "{reference}");
        };
        check("#/$defs/Tree", Some("Tree"));
        check("#/$defs/Tree%3Cu8%3E", Some("Tree<u8>"));
        check("#/$defs/a~1b%", Some("a/b%"));
        check("#/$defs/%zz", Some("%zz"));
        check("#", None);
        check("https://example.com/x", None);
    }
}

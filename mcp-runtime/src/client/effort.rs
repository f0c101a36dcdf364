//! How much work it would be to compare a value with a schema, found out before it is done.
//!
//! A schema whose parts refer to one another twice doubles the work with every step, and one that
//! refers in long chains makes it deep. Both fit into a few lines, and a server writes them.

use std::collections::HashMap;

use serde_json::Value;

/// How many comparisons of a part of the value with a part of the schema are little work.
const LITTLE: u64 = 1 << 21;

/// How many comparisons inside one another are not too deep for a stack.
const DEEPEST: usize = 256;

/// How many pairs of such parts are looked at before it is taken to be too much.
const MOST_PAIRS: usize = 1 << 18;

/// What matching a byte with a pattern counts as: patterns may be large.
const BYTE: u64 = 16;

/// Whether comparing a value with a schema is little work, whatever the outcome.
pub(super) fn is_little(schema: &Value, content: &Value) -> bool {
    let mut survey = Survey { root: schema, known: HashMap::new(), depth: 0 };
    survey.pair(schema, content).is_some()
}

/// Adds up the work. `None` stands for too much, and for what cannot be said.
struct Survey<'a> {
    root: &'a Value,
    /// The work of each pair of parts, by their places in memory; `None` while it is added up.
    known: HashMap<(*const Value, *const Value), Option<u64>>,
    depth: usize,
}

impl<'a> Survey<'a> {
    fn pair(&mut self, schema: &'a Value, content: &Value) -> Option<u64> {
        let Value::Object(keywords) = schema else { return Some(1) };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(content));
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        if self.known.len() == MOST_PAIRS || self.depth == DEEPEST {
            return None;
        }
        self.known.insert(pair, None);
        self.depth += 1;
        let mut work = 1;
        for (keyword, value) in keywords {
            work = sum(work, self.keyword(keyword, value, content)?)?;
        }
        self.depth -= 1;
        // What was evaluated is found out by evaluating it once more.
        if keywords.keys().any(|keyword| keyword.starts_with("unevaluated")) {
            work = sum(work, work)?;
        }
        self.known.insert(pair, Some(work));
        Some(work)
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value, content: &Value) -> Option<u64> {
        match keyword {
            "$ref" => {
                let pointer = value.as_str()?.strip_prefix('#')?;
                let target = self.root.pointer(pointer)?;
                self.pair(target, content)
            }
            "$dynamicRef" | "$recursiveRef" => None,
            "not" | "if" | "then" | "else" => self.pair(value, content),
            "allOf" | "anyOf" | "oneOf" => {
                self.all(value.as_array()?.iter().map(|inner| (inner, content)))
            }
            "dependentSchemas" | "dependencies" => {
                self.all(value.as_object()?.values().map(|inner| (inner, content)))
            }
            "pattern" => Some(content.as_str().map_or(0, |text| length(text) * BYTE)),
            "enum" => Some(value.as_array()?.len() as u64),
            "uniqueItems" => Some(content.as_array().map_or(0, Vec::len) as u64),
            _ => match content {
                Value::Object(members) => self.members(keyword, value, members),
                Value::Array(items) => self.items(keyword, value, items),
                _ => Some(0),
            },
        }
    }

    fn members(
        &mut self,
        keyword: &str,
        value: &'a Value,
        members: &serde_json::Map<String, Value>,
    ) -> Option<u64> {
        match keyword {
            "properties" => {
                let properties = value.as_object()?;
                let pairs = properties
                    .iter()
                    .filter_map(|(name, inner)| members.get(name).map(|member| (inner, member)));
                sum(properties.len() as u64, self.all(pairs)?)
            }
            "patternProperties" => {
                let patterns = value.as_object()?;
                let names: u64 = members.keys().map(|name| length(name) * BYTE).sum();
                let all = patterns
                    .values()
                    .flat_map(|inner| members.values().map(move |member| (inner, member)));
                sum(names.checked_mul(patterns.len() as u64)?, self.all(all)?)
            }
            "additionalProperties" | "unevaluatedProperties" => {
                self.all(members.values().map(|member| (value, member)))
            }
            "propertyNames" => {
                let names: u64 = members.keys().map(|name| length(name) * BYTE).sum();
                let each = self.pair(value, &Value::Null)?;
                sum(names, each.checked_mul(members.len() as u64)?)
            }
            _ => Some(0),
        }
    }

    fn items(&mut self, keyword: &str, value: &'a Value, items: &[Value]) -> Option<u64> {
        match (keyword, value) {
            ("items" | "prefixItems", Value::Array(schemas)) => self.all(schemas.iter().zip(items)),
            ("items" | "contains" | "additionalItems" | "unevaluatedItems", _) => {
                self.all(items.iter().map(|item| (value, item)))
            }
            _ => Some(0),
        }
    }

    fn all<'b>(&mut self, pairs: impl Iterator<Item = (&'a Value, &'b Value)>) -> Option<u64> {
        let mut work = 0;
        for (schema, content) in pairs {
            work = sum(work, self.pair(schema, content)?)?;
        }
        Some(work)
    }
}

fn sum(one: u64, other: u64) -> Option<u64> {
    one.checked_add(other).filter(|work| *work <= LITTLE)
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_little;

    /// Definitions each of which refers to the next, as often as a function has it, and the last.
    fn chain(length: usize, link: impl Fn(Value) -> Value, last: Value) -> Value {
        let mut definitions = serde_json::Map::new();
        for number in 0..length {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            definitions.insert(format!("d{number}"), link(next));
        }
        definitions.insert(format!("d{length}"), last);
        json!({ "$ref": "#/$defs/d0", "$defs": definitions })
    }

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn ordinary_schemas_are_little_work() {
        let item = json!({ "type": "object", "properties": {
            "id": { "type": "integer" },
            "name": { "type": ["string", "null"], "maxLength": 100 },
            "day": { "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$" },
        } });
        let list = json!({ "$defs": { "item": item }, "items": { "$ref": "#/$defs/item" } });
        let items = vec![json!({ "id": 1, "name": "x", "day": "2026-07-28" }); 5_000];
        assert!(is_little(&list, &json!(items)));
        let tree = json!({ "type": "object", "properties": {
            "children": { "type": "array", "items": { "$ref": "#" } },
        } });
        let deep = (0..50).fold(json!({}), |inner, _| json!({ "children": [inner] }));
        assert!(is_little(&tree, &deep));
    }

    #[test]
    fn what_doubles_is_not() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let twice =
                chain(40, |next| json!({ keyword: [next, next] }), json!({ "type": "null" }));
            assert!(!is_little(&twice, &json!(1)), "{keyword}");
        }
        let arrays = json!({ "type": "array", "items": { "$ref": "#" } });
        assert!(!is_little(&json!({ "anyOf": [arrays, arrays] }), &nested(60)));
    }

    #[test]
    fn what_is_deep_or_goes_in_circles_is_not() {
        let long = chain(1_000, |next| json!({ "allOf": [next] }), json!(true));
        assert!(!is_little(&long, &json!(1)));
        assert!(!is_little(&json!({ "$ref": "#" }), &json!(1)));
        assert!(!is_little(&json!({ "$dynamicRef": "#a" }), &json!(1)));
        assert!(!is_little(&json!({ "$ref": "http://example.com" }), &json!(1)));
        let pattern = json!({ "pattern": r"[\w]{100}$" });
        assert!(!is_little(&pattern, &json!("a".repeat(1 << 20))));
    }
}

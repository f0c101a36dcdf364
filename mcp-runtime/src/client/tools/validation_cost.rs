//! Estimates the cost of validating a value against a schema before it is validated.
//!
//! A schema whose parts refer to one another twice doubles the work with every step, and a long chain
//! of references makes the validator recurse deeply. Both fit into a few lines that a server writes.

use std::collections::HashMap;

use serde_json::Value;

/// Largest number of comparisons between a part of the value and a part of the schema.
const MAX_COST: u64 = 1 << 21;

/// Largest depth of nested comparisons, which bounds the stack of the validator.
const MAX_DEPTH: usize = 256;

/// Largest number of pairs of parts that the estimate visits.
const MAX_PAIRS: usize = 1 << 18;

/// Cost of matching one byte with a pattern: patterns may be large.
const PATTERN_BYTE: u64 = 16;

/// Returns `true` if validating a value against a schema is cheap, whatever the outcome.
pub(super) fn is_cheap(schema: &Value, content: &Value) -> bool {
    let mut estimate = Estimate { root: schema, known: HashMap::new(), depth: 0 };
    estimate.pair(schema, content).is_some()
}

/// Adds up the cost. `None` stands for too much and for unknown.
struct Estimate<'a> {
    root: &'a Value,
    /// Cost of each pair of parts, by their addresses; `None` while it is being added up.
    known: HashMap<(*const Value, *const Value), Option<u64>>,
    depth: usize,
}

impl<'a> Estimate<'a> {
    fn pair(&mut self, schema: &'a Value, content: &Value) -> Option<u64> {
        let Value::Object(keywords) = schema else { return Some(1) };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(content));
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        if self.known.len() == MAX_PAIRS || self.depth == MAX_DEPTH {
            return None;
        }
        self.known.insert(pair, None);
        self.depth += 1;
        let mut cost = 1;
        for (keyword, value) in keywords {
            cost = sum(cost, self.keyword(keyword, value, content)?)?;
        }
        self.depth -= 1;
        // The validator evaluates the schema once more to find the evaluated members.
        if keywords.keys().any(|keyword| keyword.starts_with("unevaluated")) {
            cost = sum(cost, cost)?;
        }
        self.known.insert(pair, Some(cost));
        Some(cost)
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
            "pattern" => Some(content.as_str().map_or(0, |text| length(text) * PATTERN_BYTE)),
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
                let names: u64 = members.keys().map(|name| length(name) * PATTERN_BYTE).sum();
                let all = patterns
                    .values()
                    .flat_map(|inner| members.values().map(move |member| (inner, member)));
                sum(names.checked_mul(patterns.len() as u64)?, self.all(all)?)
            }
            "additionalProperties" | "unevaluatedProperties" => {
                self.all(members.values().map(|member| (value, member)))
            }
            "propertyNames" => {
                let names: u64 = members.keys().map(|name| length(name) * PATTERN_BYTE).sum();
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
        let mut cost = 0;
        for (schema, content) in pairs {
            cost = sum(cost, self.pair(schema, content)?)?;
        }
        Some(cost)
    }
}

fn sum(one: u64, other: u64) -> Option<u64> {
    one.checked_add(other).filter(|cost| *cost <= MAX_COST)
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_cheap;

    /// A chain of definitions: `link` makes one of a reference to the next, and `last` ends it.
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
    fn ordinary_schemas_are_cheap() {
        let item = json!({ "type": "object", "properties": {
            "id": { "type": "integer" },
            "name": { "type": ["string", "null"], "maxLength": 100 },
            "day": { "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$" },
        } });
        let list = json!({ "$defs": { "item": item }, "items": { "$ref": "#/$defs/item" } });
        let items = vec![json!({ "id": 1, "name": "x", "day": "2026-07-28" }); 5_000];
        assert!(is_cheap(&list, &json!(items)));
        let tree = json!({ "type": "object", "properties": {
            "children": { "type": "array", "items": { "$ref": "#" } },
        } });
        let deep = (0..50).fold(json!({}), |inner, _| json!({ "children": [inner] }));
        assert!(is_cheap(&tree, &deep));
    }

    #[test]
    fn references_that_double_are_not_cheap() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let twice =
                chain(40, |next| json!({ keyword: [next, next] }), json!({ "type": "null" }));
            assert!(!is_cheap(&twice, &json!(1)), "{keyword}");
        }
        let arrays = json!({ "type": "array", "items": { "$ref": "#" } });
        assert!(!is_cheap(&json!({ "anyOf": [arrays, arrays] }), &nested(60)));
    }

    #[test]
    fn deep_and_circular_references_are_not_cheap() {
        let long = chain(1_000, |next| json!({ "allOf": [next] }), json!(true));
        assert!(!is_cheap(&long, &json!(1)));
        assert!(!is_cheap(&json!({ "$ref": "#" }), &json!(1)));
        assert!(!is_cheap(&json!({ "$dynamicRef": "#a" }), &json!(1)));
        assert!(!is_cheap(&json!({ "$ref": "http://example.com" }), &json!(1)));
        let pattern = json!({ "pattern": r"[\w]{100}$" });
        assert!(!is_cheap(&pattern, &json!("a".repeat(1 << 20))));
    }
}

//! `items` of every array.
//!
//! Hosts refuse an array without `items`, and with it the list of tools. `prefixItems`, which
//! describes tuples, does not count for them.

use serde_json::{Map, Value, json};

/// Adds `items` to the schema of an array that has none, in place of `prefixItems` if all positions
/// are alike.
pub(super) fn name_items(object: &mut Map<String, Value>) {
    if object.contains_key("items") || !is_array(object) {
        return;
    }
    let positions = object.get("prefixItems").and_then(Value::as_array);
    let items = match positions.map(distinct).as_deref() {
        // Without an upper bound, further elements are of any type.
        Some([_, ..]) if !is_complete(object) => json!({}),
        Some([only]) => {
            let only = (*only).clone();
            if is_fixed(object) {
                object.remove("prefixItems");
            }
            only
        }
        Some(several @ [_, ..]) => json!({ "anyOf": several }),
        _ => json!({}),
    };
    object.insert("items".into(), items);
}

fn is_array(object: &Map<String, Value>) -> bool {
    match object.get("type") {
        Some(Value::String(name)) => name == "array",
        Some(Value::Array(names)) => names.iter().any(|name| name == "array"),
        _ => object.contains_key("prefixItems"),
    }
}

/// `true` if no element follows those of `prefixItems`.
fn is_complete(object: &Map<String, Value>) -> bool {
    limit(object, "maxItems").is_some_and(|most| most <= positions(object))
}

/// `true` if there is an element at each position of `prefixItems`, and at no other.
fn is_fixed(object: &Map<String, Value>) -> bool {
    is_complete(object) && limit(object, "minItems") == Some(positions(object))
}

fn positions(object: &Map<String, Value>) -> u64 {
    object.get("prefixItems").and_then(Value::as_array).map_or(0, |all| all.len() as u64)
}

fn limit(object: &Map<String, Value>, keyword: &str) -> Option<u64> {
    object.get(keyword).and_then(Value::as_u64)
}

/// Schemas that differ, in their order.
pub(super) fn distinct<'a>(schemas: impl IntoIterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut kept: Vec<&Value> = Vec::new();
    for schema in schemas {
        if !kept.contains(&schema) {
            kept.push(schema);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn check(schema: Value, expected: Value) {
        let Value::Object(mut object) = schema else { return };
        super::name_items(&mut object);
        assert_eq!(Value::Object(object), expected);
    }

    #[test]
    fn every_array_has_items() {
        check(json!({ "type": "array" }), json!({ "type": "array", "items": {} }));
        check(
            json!({ "type": ["array", "null"] }),
            json!({ "type": ["array", "null"], "items": {} }),
        );
        let list = json!({ "type": "array", "items": { "type": "string" } });
        check(list.clone(), list);
        check(json!({ "type": "object" }), json!({ "type": "object" }));
        check(json!({}), json!({}));
    }

    #[test]
    fn tuples_have_items_for_all_positions() {
        let number = json!({ "type": "number" });
        let text = json!({ "type": "string" });
        check(
            json!({ "type": "array", "prefixItems": [number, number], "minItems": 2, "maxItems": 2 }),
            json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 }),
        );
        let pair = json!({
            "type": "array", "prefixItems": [number, text], "minItems": 2, "maxItems": 2
        });
        let mut expected = pair.clone();
        expected["items"] = json!({ "anyOf": [number, text] });
        check(pair, expected);
        // Such a schema was written by hand: more elements may follow, and any number may be absent.
        check(
            json!({ "prefixItems": [number, text] }),
            json!({ "prefixItems": [number, text], "items": {} }),
        );
        check(
            json!({ "prefixItems": [number, number], "maxItems": 2 }),
            json!({ "prefixItems": [number, number], "items": number, "maxItems": 2 }),
        );
    }
}

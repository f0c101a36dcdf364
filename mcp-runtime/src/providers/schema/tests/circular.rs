//! Schemas that apply themselves to the same value, whose meaning JSON Schema leaves undefined (core, 9.4.1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Keywords whose schema, or whose list of schemas, applies to the same value.
const IN_PLACE: [&str; 7] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];

/// Returns `true` if a schema, or one inside of it, applies itself to the same value.
pub(super) fn is_circular(schema: &Value) -> bool {
    let mut search = Search { root: schema, open: Vec::new(), finished: BTreeSet::new() };
    search.inside(schema)
}

/// A search for circles, depth first. Schemas are told apart by their addresses.
struct Search<'a> {
    root: &'a Value,
    open: Vec<*const Value>,
    finished: BTreeSet<*const Value>,
}

impl<'a> Search<'a> {
    /// Starts from each value, of which those that are no schemas have no circles.
    fn inside(&mut self, value: &'a Value) -> bool {
        self.follows_itself(value)
            || match value {
                Value::Object(members) => members.values().any(|member| self.inside(member)),
                Value::Array(items) => items.iter().any(|item| self.inside(item)),
                _ => false,
            }
    }

    fn follows_itself(&mut self, schema: &'a Value) -> bool {
        let address = std::ptr::from_ref(schema);
        if self.open.contains(&address) {
            return true;
        }
        if !schema.is_object() || !self.finished.insert(address) {
            return false;
        }
        self.open.push(address);
        let found = self.applied(schema).into_iter().any(|next| self.follows_itself(next));
        self.open.pop();
        found
    }

    fn applied(&self, schema: &'a Value) -> Vec<&'a Value> {
        let mut applied: Vec<_> = IN_PLACE
            .iter()
            .filter_map(|keyword| schema.get(keyword))
            .flat_map(|value| match value {
                Value::Array(schemas) => schemas.iter().collect(),
                schema => vec![schema],
            })
            .collect();
        applied
            .extend(schema["dependentSchemas"].as_object().into_iter().flatten().map(|(_, it)| it));
        let target = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        applied.extend(target.and_then(|pointer| self.root.pointer(pointer)));
        applied
    }
}

#[test]
fn circles_are_found_where_a_schema_applies_itself_in_place() {
    let recursive = json!({ "properties": { "a": { "$ref": "#" } }, "items": { "$ref": "#" } });
    assert!(!is_circular(&recursive));
    assert!(!is_circular(&json!({ "not": { "items": { "$ref": "#" } } })));
    let reached_twice = json!({
        "allOf": [{ "$ref": "#/$defs/A" }, { "$ref": "#/$defs/A" }], "$defs": { "A": { "type": "object" } },
    });
    assert!(!is_circular(&reached_twice));
    for circle in [
        json!({ "$ref": "#" }),
        json!({ "if": { "$ref": "#" } }),
        json!({ "dependentSchemas": { "a": { "not": { "$ref": "#" } } } }),
        json!({ "properties": { "a": { "anyOf": [{ "$ref": "#/properties/a" }] } } }),
        json!({ "$ref": "#/$defs/A", "$defs": { "A": { "$ref": "#/$defs/B" }, "B": { "$ref": "#/$defs/A" } } }),
    ] {
        assert!(is_circular(&circle), "{circle}");
    }
}

//! Defaults of a form, for the fields that the user left out.
//!
//! Specification: [Elicitation](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema).

use mcp_core::protocol::ElicitResult;
use mcp_core::schema::Schema;
use serde_json::{Map, Value};

/// Adds the fields that were left out and have a default.
pub(super) fn apply(schema: &Schema, result: &mut ElicitResult) {
    let content = result.content.get_or_insert_with(Map::new);
    let schema = schema.to_value();
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in fields {
        if let Some(default) = field.get("default").filter(|_| !content.contains_key(name)) {
            content.insert(name.clone(), default.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::{ElicitAction, ElicitResult};
    use mcp_core::schema::Schema;
    use serde_json::json;

    #[test]
    fn only_what_is_left_out_is_filled_in() {
        let schema = json!({ "type": "object", "properties": {
            "name": { "type": "string", "default": "Ann" },
            "age": { "type": "integer", "default": 30 },
            "city": { "type": "string" },
        } });
        let schema = Schema::from_value(&schema).unwrap();
        let mut nothing = ElicitResult::new(ElicitAction::Accept);
        super::apply(&schema, &mut nothing);
        assert_eq!(json!(nothing.content), json!({ "name": "Ann", "age": 30 }));
        let mut some = ElicitResult::new(ElicitAction::Accept);
        some.content = json!({ "name": "Bob" }).as_object().cloned();
        super::apply(&schema, &mut some);
        assert_eq!(json!(some.content), json!({ "name": "Bob", "age": 30 }));
    }
}

//! Arguments without their secrets.

use mcp_core::schema::Schema;
use serde_json::{Map, Value};

use crate::shorten::shorten_to;

/// Text in place of a secret.
const REDACTED: &str = "[redacted]";

/// Maximum length of a string, in characters.
const MAX_STRING: usize = 1024;

/// Maximum length of all arguments, in bytes of their JSON.
const MAX_ARGUMENTS: usize = 16 << 10;

/// The arguments of a request, with a text in place of each value that the schema declares as
/// `writeOnly` or as a password, and of every argument that a tool with secrets does not declare.
pub(super) fn redacted(arguments: &str, schema: Option<&Schema>) -> Value {
    if arguments.len() > MAX_ARGUMENTS {
        return Value::String(format!("[{} bytes]", arguments.len()));
    }
    let mut value = serde_json::from_str(arguments).unwrap_or_default();
    if let Some(schema) = schema {
        let root = schema.to_value();
        redact(&mut value, Node { schema: &root, root: &root });
    }
    shorten(&mut value);
    value
}

/// A schema within another one.
#[derive(Clone, Copy)]
struct Node<'a> {
    schema: &'a Value,
    root: &'a Value,
}

impl<'a> Node<'a> {
    fn child(&self, schema: &'a Value) -> Self {
        Self { schema, ..*self }
    }

    /// Schemas that hold for the same value.
    fn beside(&self) -> Vec<Self> {
        let reference = self.schema.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|it| self.root.pointer(it.strip_prefix('#')?));
        let mut all: Vec<_> = target.into_iter().map(|target| self.child(target)).collect();
        for key in ["allOf", "anyOf", "oneOf"] {
            let parts = self.schema.get(key).and_then(Value::as_array);
            all.extend(parts.into_iter().flatten().map(|part| self.child(part)));
        }
        all
    }

    fn is_secret(&self) -> bool {
        self.schema.get("writeOnly") == Some(&Value::Bool(true))
            || self.schema.get("format").and_then(Value::as_str) == Some("password")
    }

    /// Schemas of the parts of a value: of named members, and of all others.
    fn parts(&self) -> Vec<(Option<&'a str>, Self)> {
        let mut parts = Vec::new();
        let members = self.schema.get("properties").and_then(Value::as_object);
        for (name, schema) in members.into_iter().flatten() {
            parts.push((Some(name.as_str()), self.child(schema)));
        }
        for key in ["items", "additionalProperties"] {
            parts.extend(self.schema.get(key).map(|schema| (None, self.child(schema))));
        }
        let first = self.schema.get("prefixItems").and_then(Value::as_array);
        parts.extend(first.into_iter().flatten().map(|schema| (None, self.child(schema))));
        parts
    }

    /// The schema and all that hold for the same value.
    fn all(self) -> Vec<Self> {
        let mut nodes = vec![self];
        let mut next = 0;
        while let Some(node) = nodes.get(next).copied() {
            for other in node.beside() {
                if !nodes.iter().any(|known| std::ptr::eq(known.schema, other.schema)) {
                    nodes.push(other);
                }
            }
            next += 1;
        }
        nodes
    }

    /// Returns `true` if the value or a part of it is secret.
    fn has_secret(self) -> bool {
        let mut nodes = vec![self];
        let mut next = 0;
        while let Some(node) = nodes.get(next).copied() {
            if node.is_secret() {
                return true;
            }
            let parts = node.parts().into_iter().map(|(_, part)| part);
            for other in node.beside().into_iter().chain(parts) {
                if !nodes.iter().any(|known| std::ptr::eq(known.schema, other.schema)) {
                    nodes.push(other);
                }
            }
            next += 1;
        }
        false
    }
}

fn redact(value: &mut Value, node: Node<'_>) {
    if value.is_null() || !node.has_secret() {
        return;
    }
    let nodes = node.all();
    if nodes.iter().any(Node::is_secret) {
        *value = REDACTED.into();
        return;
    }
    let parts: Vec<_> = nodes.iter().flat_map(Node::parts).collect();
    match value {
        Value::Object(members) => redact_members(members, &parts),
        Value::Array(elements) => {
            for element in elements {
                let schemas = parts.iter().filter(|(name, _)| name.is_none());
                schemas.for_each(|(_, part)| redact(element, *part));
            }
        }
        // The secret may be inside of a string, as some models send objects.
        other => *other = REDACTED.into(),
    }
}

fn redact_members(members: &mut Map<String, Value>, parts: &[(Option<&str>, Node<'_>)]) {
    for (name, member) in members {
        let declared: Vec<_> =
            parts.iter().filter(|(known, _)| known.is_some_and(|known| known == name)).collect();
        if declared.is_empty() {
            // A secret may have been sent under a wrong name.
            *member = REDACTED.into();
        }
        declared.into_iter().for_each(|(_, part)| redact(member, *part));
    }
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > MAX_STRING => {
            *text = format!("{} [{} bytes]", shorten_to(text, MAX_STRING), text.len());
        }
        Value::Array(elements) => elements.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;
    use mcp_core::schema::Schema;
    use serde_json::{Value, json};

    fn check(schema: &Value, arguments: &Value, expected: &Value) {
        let schema = Schema::from_value(schema).unwrap();
        assert_eq!(redacted(&arguments.to_string(), Some(&schema)), *expected);
    }

    #[test]
    fn secrets_are_left_out_wherever_they_are() {
        let schema = json!({
            "type": "object",
            "properties": {
                "user": { "type": "string" },
                "password": { "type": "string", "writeOnly": true },
                "pin": { "anyOf": [{ "type": "string", "format": "password" }, { "type": "null" }] },
                "login": { "$ref": "#/$defs/Login" },
                "logins": { "type": "array", "items": { "$ref": "#/$defs/Login" } },
                "plain": { "type": "array", "items": { "type": "string" } },
            },
            "$defs": {
                "Login": { "type": "object", "properties": {
                    "name": { "type": "string" },
                    "token": { "type": "string", "writeOnly": true },
                } },
            },
        });
        let r = "[redacted]";
        check(
            &schema,
            &json!({ "user": "ann", "password": "x" }),
            &json!({ "user": "ann", "password": r }),
        );
        check(
            &schema,
            &json!({ "pin": "1", "plain": ["a"] }),
            &json!({ "pin": r, "plain": ["a"] }),
        );
        check(&schema, &json!({ "pin": null }), &json!({ "pin": null }));
        check(
            &schema,
            &json!({ "login": { "name": "a", "token": "x", "tokne": "x" } }),
            &json!({ "login": { "name": "a", "token": r, "tokne": r } }),
        );
        check(
            &schema,
            &json!({ "logins": [{ "name": "a", "token": "x" }] }),
            &json!({ "logins": [{ "name": "a", "token": r }] }),
        );
        check(&schema, &json!({ "login": "{\"token\":\"x\"}" }), &json!({ "login": r }));
        check(&schema, &json!({ "pasword": "x" }), &json!({ "pasword": r }));
        let tree = json!({
            "type": "object",
            "properties": { "child": { "$ref": "#" }, "name": { "type": "string" } },
        });
        check(&tree, &json!({ "name": "a" }), &json!({ "name": "a" }));
    }

    #[test]
    fn long_values_are_cut() {
        let long = "x".repeat(2000);
        let value = redacted(&json!({ "text": long }).to_string(), None);
        let text = value["text"].as_str().unwrap();
        assert!(text.ends_with("… [2000 bytes]") && text.len() < 1100, "{text}");
        let huge = json!({ "text": "x".repeat(20_000) }).to_string();
        assert_eq!(redacted(&huge, None), json!("[20011 bytes]"));
    }
}

//! Inspection of schemas: references, JSON types and members.

use std::collections::BTreeSet;

use serde_json::Value;

/// Largest number of references in a row, and of nested alternatives, that are followed.
const MAX_DEPTH: usize = 16;

/// Largest number of alternatives that are visited. Nested ones multiply.
const MAX_ALTERNATIVES: usize = 1000;

/// A part of a schema, and the root that its references are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    schema: &'a Value,
    root: &'a Value,
}

impl<'a> Node<'a> {
    /// Returns the root of a schema.
    pub(super) fn root(schema: &'a Value) -> Self {
        Self { schema, root: schema }.resolved()
    }

    /// Follows references within the document.
    fn resolved(mut self) -> Self {
        for _ in 0..MAX_DEPTH {
            let target = self.schema.get("$ref").and_then(Value::as_str);
            let target = target.and_then(|target| target.strip_prefix('#'));
            match target.and_then(|pointer| self.root.pointer(pointer)) {
                Some(target) => self.schema = target,
                None => break,
            }
        }
        self
    }

    fn at(self, schema: &'a Value) -> Self {
        Self { schema, root: self.root }.resolved()
    }

    fn keyword(self, keyword: &str) -> Option<&'a Value> {
        self.schema.get(keyword)
    }

    /// Returns the JSON types that it allows; `None` if it does not state them.
    pub(super) fn types(self) -> Option<BTreeSet<&'a str>> {
        let mut left = MAX_ALTERNATIVES;
        self.types_within(MAX_DEPTH, &mut left)
    }

    fn types_within(self, depth: usize, left: &mut usize) -> Option<BTreeSet<&'a str>> {
        *left = left.checked_sub(1)?;
        match self.keyword("type") {
            Some(Value::String(name)) => return Some(BTreeSet::from([name.as_str()])),
            Some(Value::Array(names)) => return names.iter().map(Value::as_str).collect(),
            _ => {}
        }
        if let Some(value) = self.keyword("const") {
            return Some(BTreeSet::from([type_of(value)]));
        }
        if let Some(values) = self.keyword("enum").and_then(Value::as_array) {
            return Some(values.iter().map(type_of).collect());
        }
        let alternatives = self.keyword("anyOf").or_else(|| self.keyword("oneOf"))?.as_array()?;
        let depth = depth.checked_sub(1)?;
        let mut all = BTreeSet::new();
        for alternative in alternatives {
            all.extend(self.at(alternative).types_within(depth, left)?);
        }
        Some(all)
    }

    /// Returns its members.
    pub(super) fn members(self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = self.keyword("properties").and_then(Value::as_object);
        members.into_iter().flatten().map(move |(name, schema)| (name.as_str(), self.at(schema)))
    }

    /// Returns a member.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        self.keyword("properties")?.get(name).map(|schema| self.at(schema))
    }

    /// Returns the names of the required members.
    pub(super) fn required(self) -> impl Iterator<Item = &'a str> {
        let names = self.keyword("required").and_then(Value::as_array);
        names.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns `true` if a member is required.
    pub(super) fn requires(self, name: &str) -> bool {
        self.required().any(|required| required == name)
    }

    /// Returns `true` if it allows no members but those that it lists. A schema that is composed of
    /// several ones may allow others.
    pub(super) fn lists_all_members(self) -> bool {
        const COMPOSED: [&str; 6] = ["$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"];
        let is_closed = match self.keyword("additionalProperties") {
            Some(others) => others == &Value::Bool(false),
            None => self.has_members(),
        };
        is_closed && COMPOSED.iter().all(|keyword| self.keyword(keyword).is_none())
    }

    /// Returns `true` if it lists members.
    pub(super) fn has_members(self) -> bool {
        self.keyword("properties").is_some()
    }

    /// Returns the schema of the items of an array.
    pub(super) fn items(self) -> Option<Self> {
        self.keyword("items").map(|schema| self.at(schema))
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Returns both sets of types as text if some written types are not read.
pub(super) fn disagree(
    written: &BTreeSet<&str>,
    read: &BTreeSet<&str>,
) -> Option<(String, String)> {
    // Every integer is a number.
    let is_read = |name: &str| read.contains(name) || name == "integer" && read.contains("number");
    let names = |all: &BTreeSet<&str>| all.iter().copied().collect::<Vec<_>>().join(" or ");
    (!written.iter().all(|name| is_read(name))).then(|| (names(written), names(read)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Node;

    #[test]
    fn nested_alternatives_are_bounded() {
        let mut schema = json!({ "type": "string" });
        let mut definitions = serde_json::Map::new();
        for number in 0..15 {
            let next = json!({ "$ref": format!("#/$defs/d{}", number + 1) });
            definitions.insert(format!("d{number}"), json!({ "anyOf": vec![next; 20] }));
        }
        definitions.insert("d15".into(), schema.take());
        let all = json!({ "$ref": "#/$defs/d0", "$defs": definitions });
        assert_eq!(Node::root(&all).types(), None);
        let few = json!({ "anyOf": [{ "type": "string" }, { "oneOf": [{ "type": "null" }] }] });
        assert_eq!(Node::root(&few).types().map(|types| types.len()), Some(2));
    }
}

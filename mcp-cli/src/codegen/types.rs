//! Rust types for schemas.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::docs::docs;
use super::names::{field, pascal, unique, unique_type};
use super::shapes::{branches, is_null, properties, target, texts, variants};
use crate::lock::closure;

/// Type of values of which nothing is known.
const ANY: &str = "mcp_runtime::serde_json::Value";

/// Names of types that the generated code uses.
const TAKEN: [&str; 16] = [
    "Box",
    "Clone",
    "Debug",
    "Deserialize",
    "Err",
    "JsonSchema",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Send",
    "Serialize",
    "Some",
    "String",
    "Vec",
];

/// Maximum depth of nested schemas. What is deeper has any type.
const MAX_DEPTH: usize = 40;

/// Maximum number of schemas. References can repeat one many times.
const MAX_STEPS: usize = 20_000;

const DERIVES: &str = "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]";
const CRATES: &str = "#[schemars(crate = \"mcp_runtime::schemars\")]";

/// Types that were generated.
pub(super) struct Types {
    /// Their text, in the order in which they were met.
    pub(super) items: Vec<String>,
    /// Names by schema.
    known: HashMap<String, String>,
    used: HashSet<String>,
    /// Types that are being generated: a member of one of them needs a box.
    open: Vec<String>,
    depth: usize,
    steps: usize,
}

/// A member of an object.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) description: Option<String>,
    pub(super) is_required: bool,
}

impl Types {
    pub(super) fn new(taken: &[String]) -> Self {
        let used = TAKEN.iter().map(|it| (*it).to_owned()).chain(taken.iter().cloned()).collect();
        Self {
            items: Vec::new(),
            known: HashMap::new(),
            used,
            open: Vec::new(),
            depth: 0,
            steps: 0,
        }
    }

    /// The type for a schema; `hint` is its name if it has none.
    pub(super) fn of(&mut self, schema: &Value, root: &Value, hint: &str) -> String {
        self.nested(schema, root, hint, true)
    }

    /// `is_indirect` if the value lies in memory of its own.
    fn nested(&mut self, schema: &Value, root: &Value, hint: &str, is_indirect: bool) -> String {
        self.steps += 1;
        if self.depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return ANY.to_owned();
        }
        self.depth += 1;
        let kind = self.kind(schema, root, hint, is_indirect);
        self.depth -= 1;
        kind
    }

    fn kind(&mut self, schema: &Value, root: &Value, hint: &str, is_indirect: bool) -> String {
        if let Some((found, name)) = target(schema, root) {
            return self.nested(found, root, &pascal(&name), is_indirect);
        }
        if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.nested(only, root, hint, is_indirect);
        }
        if let Some(rest) = without_null(schema) {
            return optional(self.nested(&rest, root, hint, is_indirect));
        }
        let is_object = schema["type"] == "object" || schema.get("type").is_none();
        let has_alternatives = branches(schema).is_some();
        let is_named = texts(schema).is_some()
            || variants(schema, root).is_some()
            || is_object && !has_alternatives && properties(schema).is_some();
        if is_named {
            return self.named(schema, root, hint, is_indirect);
        }
        if has_alternatives || schema.get("enum").is_some() || schema.get("const").is_some() {
            return ANY.to_owned();
        }
        match schema["type"].as_str() {
            Some("string") => "String".into(),
            Some("boolean") => "bool".into(),
            Some("number") => "f64".into(),
            Some("null") => "()".into(),
            Some("integer") => {
                let is_unsigned = schema["minimum"].as_f64().is_some_and(|minimum| minimum >= 0.0);
                if is_unsigned { "u64" } else { "i64" }.into()
            }
            Some("array") => self.array(schema, root, hint),
            Some("object") => {
                let further = schema.get("additionalProperties").filter(|it| it.is_object());
                let further = further.cloned().unwrap_or(json!(true));
                let kind = self.nested(&further, root, hint, true);
                format!("std::collections::BTreeMap<String, {kind}>")
            }
            _ => ANY.into(),
        }
    }

    fn array(&mut self, schema: &Value, root: &Value, hint: &str) -> String {
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let Some(first) = first.filter(|first| !first.is_empty()) else {
            let item = schema.get("items").cloned().unwrap_or(json!(true));
            return format!("Vec<{}>", self.nested(&item, root, hint, true));
        };
        let count = Some(first.len() as u64);
        let is_fixed = schema["minItems"].as_u64() == count && schema["maxItems"].as_u64() == count;
        if !is_fixed || first.len() > 12 {
            return format!("Vec<{ANY}>");
        }
        let items: Vec<_> = first.iter().map(|it| self.nested(it, root, hint, false)).collect();
        format!("({},)", items.join(", "))
    }

    fn named(&mut self, schema: &Value, root: &Value, hint: &str, is_indirect: bool) -> String {
        let key = closure(schema, root);
        if let Some(name) = self.known.get(&key) {
            let is_open = self.open.contains(name);
            return if is_open && !is_indirect { format!("Box<{name}>") } else { name.clone() };
        }
        let title = schema["title"].as_str().filter(|title| *title == pascal(title));
        let name = title.map_or_else(|| hint.to_owned(), str::to_owned);
        let name = unique_type(name, &mut self.used);
        self.known.insert(key, name.clone());
        self.open.push(name.clone());
        let place = self.items.len();
        let item = self.item(schema, root, &name);
        // A type stands before those of its members.
        self.items.insert(place, item);
        self.open.pop();
        name
    }

    fn item(&mut self, schema: &Value, root: &Value, name: &str) -> String {
        let description = schema["description"].as_str().map(str::to_owned);
        let mut out = docs(&description.unwrap_or_else(|| format!("Values of `{name}`.")), "");
        // Writing to a string does not fail.
        let _ = writeln!(out, "{DERIVES}\n{CRATES}");
        if let Some(texts) = texts(schema) {
            let _ = writeln!(out, "#[serde(crate = \"mcp_runtime::serde\")]\npub enum {name} {{");
            let mut used = HashSet::new();
            let mut seen = HashSet::new();
            for (text, description) in texts.into_iter().filter(|(text, _)| seen.insert(*text)) {
                out += &docs(description.unwrap_or(&format!("`{text}`")), "    ");
                variant_name(&mut out, text, &mut used);
                out += ",\n";
            }
        } else if let Some((tag, variants)) = variants(schema, root) {
            let _ = writeln!(out, "#[serde(crate = \"mcp_runtime::serde\", tag = {tag:?})]");
            let _ = writeln!(out, "pub enum {name} {{");
            let mut used = HashSet::new();
            for variant in variants {
                let text = variant.schema["description"].as_str().map(str::to_owned);
                let text = text.unwrap_or_else(|| format!("`{}`", variant.value));
                out += &docs(&text, "    ");
                let hint = format!("{name}{}", pascal(variant.value));
                variant_name(&mut out, variant.value, &mut used);
                let members = self.members_except(Some(tag), variant.schema, root, &hint);
                if !members.is_empty() {
                    let _ = write!(out, " {{\n{}    }}", fields(&members, ""));
                }
                out += ",\n";
            }
        } else {
            let _ = writeln!(out, "#[serde(crate = \"mcp_runtime::serde\")]\npub struct {name} {{");
            out += &fields(&self.members(schema, root, name), "pub ");
        }
        out + "}\n"
    }

    /// Members of an object, in the order of the schema.
    pub(super) fn members(&mut self, schema: &Value, root: &Value, hint: &str) -> Vec<Member> {
        self.members_except(None, schema, root, hint)
    }

    fn members_except(
        &mut self,
        left_out: Option<&str>,
        schema: &Value,
        root: &Value,
        hint: &str,
    ) -> Vec<Member> {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut members = Vec::new();
        let properties = properties(schema).into_iter().flatten();
        for (name, member) in properties.filter(|(name, _)| Some(&***name) != left_out) {
            let is_required = required.iter().any(|it| it == name);
            let kind = self.nested(member, root, &format!("{hint}{}", pascal(name)), false);
            let description = member["description"].as_str().map(str::to_owned);
            let kind = if is_required { kind } else { optional(kind) };
            members.push(Member { name: name.clone(), kind, description, is_required });
        }
        members
    }
}

fn fields(members: &[Member], visibility: &str) -> String {
    let mut out = String::new();
    let mut used = HashSet::new();
    for Member { name, kind, description, is_required } in members {
        let text = description.clone().unwrap_or_else(|| format!("`{name}`"));
        out += &docs(&text, "    ");
        let ident = unique(field(name), &mut used);
        let mut keys = Vec::new();
        if ident.trim_start_matches("r#") != name {
            keys.push(format!("rename = {name:?}"));
        }
        if !is_required {
            keys.push("default".into());
            keys.push("skip_serializing_if = \"Option::is_none\"".into());
        }
        if !keys.is_empty() {
            let _ = writeln!(out, "    #[serde({})]", keys.join(", "));
        }
        let _ = writeln!(out, "    {visibility}{ident}: {kind},");
    }
    out
}

fn variant_name(out: &mut String, text: &str, used: &mut HashSet<String>) {
    let ident = unique_type(pascal(text), used);
    if ident != text {
        let _ = writeln!(out, "    #[serde(rename = {text:?})]");
    }
    let _ = write!(out, "    {ident}");
}

fn optional(kind: String) -> String {
    if kind.starts_with("Option<") { kind } else { format!("Option<{kind}>") }
}

/// The schema of what is not null, if null is allowed beside something else.
fn without_null(schema: &Value) -> Option<Value> {
    if let Some(kinds) = schema["type"].as_array() {
        let rest: Vec<_> = kinds.iter().filter(|kind| *kind != "null").collect();
        let mut changed = schema.clone();
        changed["type"] = if let [only] = &rest[..] { (*only).clone() } else { json!(rest) };
        if let Some(values) = changed.get_mut("enum").and_then(Value::as_array_mut) {
            values.retain(|value| !value.is_null());
        }
        return (rest.len() < kinds.len() && !rest.is_empty()).then_some(changed);
    }
    let branches = branches(schema)?;
    let rest: Vec<_> = branches.iter().filter(|branch| !is_null(branch)).collect();
    let is_nullable = rest.len() < branches.len() && !rest.is_empty();
    is_nullable.then(|| match &rest[..] {
        [only] => (*only).clone(),
        rest => json!({ "oneOf": rest }),
    })
}

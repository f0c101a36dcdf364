//! Compiles the schema of a type, once, when the server is built.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use mcp_core::schema::{definition_named, pointer_to};
use regex_lite::Regex;
use serde_json::{Map, Value};

use super::node::{Member, Node, NodeId, Others, Size, Types};
use super::number::{Bound, NumberRules, parse};
use super::trust;
use crate::constraint::format::Format;

/// Keyword of types that enforce their own constraints.
const ENFORCED: &str = "x-enforced";

/// A part of a schema that is not compiled, so that nothing enforces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotCompiled {
    /// JSON pointer to the schema that has the keyword.
    pointer: String,
    keyword: String,
    reason: String,
    /// `true` if the keyword is part of JSON Schema, so that a validator may enforce it.
    pub(crate) is_standard: bool,
}

impl fmt::Display for NotCompiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.keyword)?;
        if !self.pointer.is_empty() {
            write!(f, " at `{}`", self.pointer)?;
        }
        write!(f, " {}", self.reason)
    }
}

pub(super) struct Compiler<'a> {
    definitions: &'a Map<String, Value>,
    named: BTreeMap<String, NodeId>,
    pub(super) nodes: Vec<Node>,
    pub(super) not_compiled: Vec<NotCompiled>,
    /// Number of surrounding types that enforce their own constraints.
    enforced: usize,
}

/// The keyword that is compiled, and where it is.
struct Place<'a> {
    schema: &'a Map<String, Value>,
    pointer: &'a str,
    keyword: &'a str,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(definitions: &'a Map<String, Value>) -> Self {
        Self {
            definitions,
            named: BTreeMap::new(),
            nodes: Vec::new(),
            not_compiled: Vec::new(),
            enforced: 0,
        }
    }

    /// Compiles a schema and returns its node.
    pub(super) fn schema(&mut self, schema: &Value, pointer: &str) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node::default());
        let mut node = Node::default();
        match schema {
            Value::Object(keywords) => self.keywords(&mut node, keywords, pointer),
            Value::Bool(false) => node.types = Types::none(),
            _ => {}
        }
        node.trusted = node.trusted || trust::is_trusted(&node, schema, &self.nodes);
        self.nodes[id] = node;
        id
    }

    fn keywords(&mut self, node: &mut Node, schema: &Map<String, Value>, pointer: &str) {
        let is_enforced = schema.get(ENFORCED) == Some(&Value::Bool(true));
        self.enforced += usize::from(is_enforced);
        for (keyword, value) in schema {
            let place = Place { schema, pointer, keyword };
            if let Err(reason) = self.keyword(node, value, &place) {
                self.refuse(&place, reason);
            }
        }
        node.object.members.sort_by(|a, b| a.name.cmp(&b.name));
        self.enforced -= usize::from(is_enforced);
        node.trusted = is_enforced;
    }

    fn refuse(&mut self, place: &Place<'_>, reason: Reason) {
        if self.enforced > 0 {
            return;
        }
        let (reason, is_standard) = match reason {
            Reason::Unknown => ("is no keyword of JSON Schema; start its name with `x-`", false),
            Reason::Malformed => ("does not have the form that JSON Schema gives to it", false),
            Reason::Unsupported => {
                ("is advertised by the schema of its type and enforced by nothing", true)
            }
        };
        self.not_compiled.push(NotCompiled {
            pointer: place.pointer.to_owned(),
            keyword: place.keyword.to_owned(),
            reason: reason.to_owned(),
            is_standard,
        });
    }

    /// Compiles one keyword of a schema.
    fn keyword(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) -> Outcome {
        match place.keyword {
            "type" => node.types = types(value).ok_or(Reason::Malformed)?,
            "const" => node.values = Some(vec![value.clone()]),
            "enum" => node.values = Some(value.as_array().ok_or(Reason::Malformed)?.clone()),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                number(&mut node.number, value, place.keyword)?;
            }
            "minLength" => node.text.size.minimum = Some(count(value)?),
            "maxLength" => node.text.size.maximum = Some(count(value)?),
            "pattern" => node.text.pattern = Some(pattern(value)?),
            "format" => self.format(node, value.as_str().ok_or(Reason::Malformed)?),
            "minItems" => node.array.size.minimum = Some(count(value)?),
            "maxItems" => node.array.size.maximum = Some(count(value)?),
            "items" | "prefixItems" | "contains" | "minContains" | "maxContains" => {
                self.array(node, value, place)?;
            }
            "minProperties" => node.object.size.minimum = Some(count(value)?),
            "maxProperties" => node.object.size.maximum = Some(count(value)?),
            "properties"
            | "required"
            | "patternProperties"
            | "additionalProperties"
            | "unevaluatedProperties"
            | "propertyNames"
            | "dependentRequired" => {
                self.object(node, value, place)?;
            }
            "$ref" | "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else"
            | "dependentSchemas" => self.applied(node, value, place)?,
            keyword if is_annotation(keyword) => {}
            "$dynamicRef" | "$id" | "unevaluatedItems" => return Err(Reason::Unsupported),
            _ => return Err(Reason::Unknown),
        }
        Ok(())
    }

    /// Compiles the name of a format: that of a string, or the width of a number.
    fn format(&mut self, node: &mut Node, name: &str) {
        let rules = &mut node.number;
        let (minimum, maximum) = match name {
            "int32" => (Some("-2147483648"), Some("2147483647")),
            "uint32" => (Some("0"), Some("4294967295")),
            _ => (None, None),
        };
        if let (Some(minimum), Some(maximum)) = (minimum, maximum) {
            tighten(&mut rules.minimum, inclusive(minimum), Ordering::Greater);
            tighten(&mut rules.maximum, inclusive(maximum), Ordering::Less);
        }
        rules.single |= name == "float";
        node.text.format = Format::named(name);
    }

    fn array(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) -> Outcome {
        let rules = &mut node.array;
        match place.keyword {
            // The list of an older draft.
            "items" if value.is_array() => return Err(Reason::Malformed),
            "items" => rules.items = Some(self.inner(value, place)),
            "prefixItems" => rules.positions = self.list(value, place)?,
            "contains" => {
                let limit = |keyword| place.schema.get(keyword).map(count).transpose();
                let size = Size {
                    minimum: Some(limit("minContains")?.unwrap_or(1)),
                    maximum: limit("maxContains")?,
                };
                rules.contains = Some((self.inner(value, place), size));
            }
            // Compiled with `contains`, without which they mean nothing.
            _ => {}
        }
        Ok(())
    }

    fn object(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) -> Outcome {
        let rules = &mut node.object;
        match place.keyword {
            "properties" => {
                for (name, schema) in value.as_object().ok_or(Reason::Malformed)? {
                    let pointer = pointer_to(place.pointer, place.keyword, Some(name));
                    let inner = self.schema(schema, &pointer);
                    entry(&mut rules.members, name).node = Some(inner);
                }
            }
            "required" => {
                for name in names(value)? {
                    entry(&mut rules.members, &name).required = true;
                }
                rules.required = rules.members.iter().filter(|member| member.required).count();
            }
            "patternProperties" => {
                for (source, schema) in value.as_object().ok_or(Reason::Malformed)? {
                    let regex = Regex::new(source).map_err(|_| Reason::Unsupported)?;
                    let pointer = pointer_to(place.pointer, place.keyword, Some(source));
                    rules.patterns.push((regex, self.schema(schema, &pointer)));
                }
            }
            "additionalProperties" => rules.others = self.others(value, place),
            "unevaluatedProperties" => rules.unevaluated = self.others(value, place),
            "propertyNames" => rules.names = Some(self.inner(value, place)),
            _ => {
                for (name, required) in value.as_object().ok_or(Reason::Malformed)? {
                    rules.dependent.push((name.as_str().into(), names(required)?));
                }
            }
        }
        Ok(())
    }

    fn others(&mut self, value: &Value, place: &Place<'_>) -> Others {
        match value {
            Value::Bool(true) => Others::Any,
            Value::Bool(false) => Others::None,
            schema => Others::Fit(self.inner(schema, place)),
        }
    }

    fn applied(&mut self, node: &mut Node, value: &Value, place: &Place<'_>) -> Outcome {
        let applied = node.applied.get_or_insert_default();
        match place.keyword {
            "$ref" => {
                let name = definition_named(value).ok_or(Reason::Unsupported)?;
                applied.all.push(self.definition(&name).ok_or(Reason::Unsupported)?);
            }
            "allOf" => applied.all.extend(self.list(value, place)?),
            "anyOf" => applied.any = self.list(value, place)?,
            "oneOf" => applied.one = self.list(value, place)?,
            "not" => applied.not = Some(self.inner(value, place)),
            "if" => {
                let condition = self.inner(value, place);
                let branch = |keyword| place.schema.get(keyword);
                let (then, otherwise) = (branch("then"), branch("else"));
                let then = then.map(|schema| self.inner(schema, place));
                let otherwise = otherwise.map(|schema| self.inner(schema, place));
                applied.choice = Some((condition, then, otherwise));
            }
            "dependentSchemas" => {
                for (name, schema) in value.as_object().ok_or(Reason::Malformed)? {
                    let pointer = pointer_to(place.pointer, place.keyword, Some(name));
                    let inner = self.schema(schema, &pointer);
                    applied.dependent.push((name.as_str().into(), inner));
                }
            }
            // `then` and `else` are compiled with `if`, without which they mean nothing.
            _ => {}
        }
        Ok(())
    }

    fn definition(&mut self, name: &str) -> Option<NodeId> {
        if let Some(known) = self.named.get(name) {
            return Some(*known);
        }
        let definitions = self.definitions;
        let schema = definitions.get(name)?;
        // The node that `schema` makes next.
        self.named.insert(name.to_owned(), self.nodes.len());
        Some(self.schema(schema, &pointer_to("", "$defs", Some(name))))
    }

    fn inner(&mut self, schema: &Value, place: &Place<'_>) -> NodeId {
        self.schema(schema, &pointer_to(place.pointer, place.keyword, None))
    }

    fn list(&mut self, value: &Value, place: &Place<'_>) -> Result<Vec<NodeId>, Reason> {
        let schemas = value.as_array().ok_or(Reason::Malformed)?.iter().enumerate();
        let compile = |(index, schema): (usize, &Value)| {
            let pointer = pointer_to(place.pointer, place.keyword, Some(&index.to_string()));
            self.schema(schema, &pointer)
        };
        Ok(schemas.map(compile).collect())
    }
}

/// Reason why a keyword is not compiled.
enum Reason {
    Unknown,
    Malformed,
    Unsupported,
}

type Outcome = Result<(), Reason>;

/// Keywords that describe and do not constrain.
fn is_annotation(keyword: &str) -> bool {
    keyword.starts_with("x-")
        || matches!(
            keyword,
            "$anchor"
                | "$comment"
                | "$defs"
                | "$schema"
                | "contentEncoding"
                | "contentMediaType"
                | "contentSchema"
                | "default"
                | "definitions"
                | "deprecated"
                | "description"
                | "enumNames"
                | "example"
                | "examples"
                | "propertyOrdering"
                | "readOnly"
                | "title"
                // Removed from what is advertised: hosts refuse it.
                | "uniqueItems"
                | "writeOnly"
        )
}

fn types(value: &Value) -> Option<Types> {
    match value {
        Value::String(name) => Types::named(name),
        Value::Array(names) => names
            .iter()
            .map(|name| Types::named(name.as_str()?))
            .try_fold(Types::none(), |all, one| Some(all.with(one?))),
        _ => None,
    }
}

fn number(rules: &mut NumberRules, value: &Value, keyword: &str) -> Outcome {
    let text = value.as_number().ok_or(Reason::Malformed)?.to_string();
    let bound = inclusive(&text).ok_or(Reason::Malformed)?;
    let exclusive = keyword.starts_with("exclusive");
    match keyword {
        "multipleOf" => rules.multiple_of = Some(text.into()),
        "minimum" | "exclusiveMinimum" => {
            tighten(&mut rules.minimum, Some(Bound { exclusive, ..bound }), Ordering::Greater);
        }
        _ => tighten(&mut rules.maximum, Some(Bound { exclusive, ..bound }), Ordering::Less),
    }
    Ok(())
}

/// Replaces a bound by one that is stricter: `side` of it, or equal and exclusive.
fn tighten(known: &mut Option<Bound>, bound: Option<Bound>, side: Ordering) {
    let Some(bound) = bound else { return };
    let is_stricter = known.as_ref().is_none_or(|known| match bound.number.compare(known.number) {
        Some(Ordering::Equal) => bound.exclusive,
        order => order == Some(side),
    });
    if is_stricter {
        *known = Some(bound);
    }
}

fn inclusive(text: &str) -> Option<Bound> {
    Some(Bound { number: parse(text)?, text: text.into(), exclusive: false })
}

fn count(value: &Value) -> Result<u64, Reason> {
    value.as_u64().ok_or(Reason::Malformed)
}

fn pattern(value: &Value) -> Result<Regex, Reason> {
    let source = value.as_str().ok_or(Reason::Malformed)?;
    Regex::new(source).map_err(|_| Reason::Unsupported)
}

fn names(value: &Value) -> Result<Vec<Box<str>>, Reason> {
    let names = value.as_array().ok_or(Reason::Malformed)?.iter();
    names.map(|name| name.as_str().map(Box::from).ok_or(Reason::Malformed)).collect()
}

/// The member with a name, created if there is none.
fn entry<'m>(members: &'m mut Vec<Member>, name: &str) -> &'m mut Member {
    let index = members.iter().position(|member| &*member.name == name).unwrap_or_else(|| {
        members.push(Member { name: name.into(), node: None, required: false });
        members.len() - 1
    });
    &mut members[index]
}

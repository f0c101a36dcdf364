//! The input schema of a component whose arguments are given one by one.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::check::{self, Unenforced};
use super::walk::{Scalar, definition_named, subschemas};
use super::{Schema, portable};

/// Builds the input schema of a component, argument by argument.
///
/// Arguments keep the order in which they were added. The schemas are portable: subschemas are
/// inlined and `$defs` appears only where a type contains itself, formats of numbers are gone,
/// an `Option<T>` is a `T` that is not required.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Debug)]
pub struct InputSchema {
    // One generator for all arguments, so that two types of one name get two names in `$defs`.
    generator: SchemaGenerator,
    arguments: Vec<Argument>,
}

/// One argument of an [`InputSchema`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Argument {
    /// The key in the arguments object.
    pub name: String,
    /// The schema of the value, an object without its description; keywords may be added.
    pub schema: Value,
    /// What models read about it. Starts as the description of the type.
    pub description: Option<String>,
    /// Whether it has to be present. Starts as false for an `Option` and true otherwise.
    pub required: bool,
    /// Constraints in the type's schema that deserialising the type does not enforce.
    pub unenforced: Vec<Unenforced>,
}

/// A field of the type in question: what a derive says about such a field, whether it is
/// required above all, is what holds for an argument.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Field<T: ?Sized> {
    value: Box<T>,
}

impl InputSchema {
    /// No arguments yet.
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_deserialize().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        Self { generator: settings.into_generator(), arguments: Vec::new() }
    }

    /// Adds an argument of type `T`.
    pub fn argument<T: JsonSchema + ?Sized>(&mut self, name: &str) -> &mut Argument {
        let (mut schema, required) = self.field::<T>();
        let unenforced = check::unenforced(&schema, &self.definitions());
        portable::rewrite(&mut schema);
        if !required {
            portable::drop_null(&mut schema);
        }
        self.arguments.push(Argument::new(name, schema, required, unenforced));
        let last = self.arguments.len() - 1;
        &mut self.arguments[last]
    }

    /// Writes the schema of the arguments object; an open one allows further keys.
    pub fn finish(mut self, open: bool) -> Schema {
        let mut definitions = self.generator.take_definitions(false);
        definitions.values_mut().for_each(portable::rewrite);
        let definitions = reachable(&self.arguments, definitions);
        Schema::generated(write_object(self.arguments, open, &definitions))
    }

    fn field<T: JsonSchema + ?Sized>(&mut self) -> (Value, bool) {
        let field = self.generator.subschema_for::<Field<T>>();
        let required = field.get("required").is_some();
        let schema = field.get("properties").and_then(|properties| properties.get("value"));
        (schema.cloned().unwrap_or(Value::Bool(true)), required)
    }

    fn definitions(&self) -> Value {
        Value::Object(self.generator.definitions().clone())
    }
}

impl Default for InputSchema {
    fn default() -> Self {
        Self::new()
    }
}

impl Argument {
    fn new(name: &str, mut schema: Value, required: bool, unenforced: Vec<Unenforced>) -> Self {
        let description = match schema.as_object_mut().and_then(|all| all.remove("description")) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self { name: name.to_owned(), schema, description, required, unenforced }
    }

    /// The scalar that the schema's type names, if it names exactly one.
    pub fn scalar(&self) -> Option<Scalar> {
        Scalar::of(&self.schema)
    }

    /// Adds a keyword to the schema, or replaces it.
    pub fn set(&mut self, keyword: &str, value: impl Into<Value>) -> &mut Self {
        self.schema[keyword] = value.into();
        self
    }

    /// The finished schema of the value.
    fn into_value(mut self) -> Value {
        if let Some(description) = self.description.take() {
            self.set("description", description);
        }
        self.schema
    }
}

/// The definitions that the arguments refer to, directly or through one another.
fn reachable(arguments: &[Argument], mut all: Map<String, Value>) -> Map<String, Value> {
    let mut wanted = BTreeSet::new();
    for argument in arguments {
        collect_references(&argument.schema, &all, &mut wanted);
    }
    all.retain(|name, _| wanted.contains(name));
    all
}

fn collect_references(schema: &Value, all: &Map<String, Value>, wanted: &mut BTreeSet<String>) {
    if let Some(name) = definition_named(schema) {
        if wanted.insert(name.clone()) {
            if let Some(target) = all.get(&name) {
                collect_references(target, all, wanted);
            }
        }
    }
    subschemas(schema, |_, _, inner| collect_references(inner, all, wanted));
}

/// Written by hand because a map of `serde_json` would sort the arguments.
fn write_object(arguments: Vec<Argument>, open: bool, definitions: &Map<String, Value>) -> String {
    let required: Vec<Value> = arguments
        .iter()
        .filter(|argument| argument.required)
        .map(|argument| argument.name.as_str().into())
        .collect();
    let properties: Vec<String> = arguments
        .into_iter()
        .map(|argument| {
            let name = Value::from(argument.name.as_str());
            format!("{name}:{}", argument.into_value())
        })
        .collect();
    let mut text = format!(r#"{{"type":"object","properties":{{{}}}"#, properties.join(","));
    if !required.is_empty() {
        text.push_str(&format!(r#","required":{}"#, Value::Array(required)));
    }
    if !open {
        text.push_str(r#","additionalProperties":false"#);
    }
    if !definitions.is_empty() {
        text.push_str(&format!(r#","$defs":{}"#, Value::Object(definitions.clone())));
    }
    text.push('}');
    text
}

//! Input schema of a component, built from its arguments.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::walk::{Scalar, definition_named, subschemas};
use super::{Schema, portable};
use crate::json;

/// Builder of the input schema of a component, argument by argument.
///
/// Arguments keep the order in which they were added. The schemas are portable: subschemas are
/// inlined, `$defs` appears only if a type contains itself, numbers have no `format`, and an
/// `Option<T>` is a `T` that is not required.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Clone, Debug)]
pub struct InputSchema {
    // One generator for all arguments, so that two types of one name get two names in `$defs`.
    generator: SchemaGenerator,
    arguments: Vec<Argument>,
}

/// One argument of an [`InputSchema`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Argument {
    /// Key in the arguments object.
    pub name: String,
    /// Schema of the value, an object without its description; keywords may be added.
    pub schema: Value,
    /// Description for models. Starts as the description of the type.
    pub description: Option<String>,
    /// `true` if it has to be present. Starts as `false` for an `Option`.
    pub required: bool,
    /// Schema of the value as its type describes it, before it is made portable: with `null` for
    /// optional values and with the formats of numbers. [`InputSchema::definitions`] are the schemas
    /// that it refers to as `#/$defs/…`.
    pub described: Value,
}

/// Struct with a field of the type of an argument. The schema that a derive generates for the field,
/// and whether it is required, hold for the argument.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Field<T: ?Sized> {
    value: Box<T>,
}

impl InputSchema {
    /// Creates a schema without arguments.
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_deserialize().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        Self { generator: settings.into_generator(), arguments: Vec::new() }
    }

    /// Adds an argument of type `T`.
    pub fn argument<T: JsonSchema + ?Sized>(&mut self, name: &str) -> &mut Argument {
        let (described, required) = self.field::<T>();
        let mut schema = described.clone();
        portable::rewrite(&mut schema);
        if !required {
            portable::drop_null(&mut schema);
        }
        self.arguments.push(Argument::new(name, schema, required, described));
        let last = self.arguments.len() - 1;
        &mut self.arguments[last]
    }

    /// Returns the schema of the arguments object; an open one allows further keys.
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

    /// Returns the schemas of the types that contain themselves, by name, as the types describe
    /// them.
    pub fn definitions(&self) -> &Map<String, Value> {
        self.generator.definitions()
    }
}

impl Default for InputSchema {
    fn default() -> Self {
        Self::new()
    }
}

impl Argument {
    fn new(name: &str, mut schema: Value, required: bool, described: Value) -> Self {
        let description = match schema.as_object_mut().and_then(|all| all.remove("description")) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self { name: name.to_owned(), schema, description, required, described }
    }

    /// Returns the scalar that the schema's `type` names, if it names exactly one.
    pub fn scalar(&self) -> Option<Scalar> {
        Scalar::of(&self.schema)
    }

    /// Sets a keyword of the schema.
    pub fn set(&mut self, keyword: &str, value: impl Into<Value>) -> &mut Self {
        self.schema[keyword] = value.into();
        self
    }

    /// Adds a constraint: a keyword of the advertised schema and of [`described`](Self::described).
    pub fn constrain(&mut self, keyword: &str, value: impl Into<Value>) -> &mut Self {
        let value = value.into();
        if let Value::Bool(_) = self.described {
            self.described = Value::Object(Map::new());
        }
        self.described[keyword] = value.clone();
        self.set(keyword, value)
    }

    /// Returns the finished schema of the value.
    fn into_value(mut self) -> Value {
        if let Some(description) = self.description.take() {
            self.set("description", description);
        }
        self.schema
    }
}

/// Retains the definitions that the arguments refer to, directly or through one another.
fn reachable(arguments: &[Argument], mut all: Map<String, Value>) -> Map<String, Value> {
    let mut wanted = BTreeSet::new();
    for argument in arguments {
        collect_references(&argument.schema, &all, &mut wanted);
    }
    all.retain(|name, _| wanted.contains(name));
    all
}

fn collect_references(schema: &Value, all: &Map<String, Value>, wanted: &mut BTreeSet<String>) {
    if let Some(name) = schema.get("$ref").and_then(definition_named)
        && wanted.insert(name.clone())
        && let Some(target) = all.get(&name)
    {
        collect_references(target, all, wanted);
    }
    subschemas(schema, |_, _, inner| collect_references(inner, all, wanted));
}

/// Writes the members in order, which a map of `serde_json` would sort.
fn write_object(arguments: Vec<Argument>, open: bool, definitions: &Map<String, Value>) -> String {
    let required = arguments.iter().filter(|argument| argument.required);
    let required: Vec<String> = required.map(|argument| argument.name.clone()).collect();
    json::object_string(|schema| {
        schema.value("type", "object");
        schema.object("properties", |properties| {
            for argument in arguments {
                let name = argument.name.clone();
                json::value(properties.entry(&name), &argument.into_value());
            }
        });
        if !required.is_empty() {
            schema.value("required", &required);
        }
        if !open {
            schema.value("additionalProperties", &false);
        }
        if !definitions.is_empty() {
            schema.value("$defs", definitions);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::{BTreeMap, HashMap, HashSet};
    use std::num::{NonZeroI8, NonZeroU8};

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::super::same::assert_same;
    use super::{InputSchema, Scalar};

    /// Checks the schema of one argument, and whether it is required.
    fn check<T: JsonSchema + ?Sized>(expected: &str, required: bool) {
        let mut schema = InputSchema::new();
        schema.argument::<T>("a");
        let tail = if required { r#","required":["a"]"# } else { "" };
        assert_same(
            schema.finish(false).as_str(),
            &format!(
                r#"{{"type":"object","properties":{{"a":{expected}}}{tail},"additionalProperties":false}}"#
            ),
        );
    }

    #[test]
    fn integers_state_their_range_up_to_32_bits() {
        check::<i8>(r#"{"maximum":127,"minimum":-128,"type":"integer"}"#, true);
        check::<i16>(r#"{"maximum":32767,"minimum":-32768,"type":"integer"}"#, true);
        check::<i32>(r#"{"maximum":2147483647,"minimum":-2147483648,"type":"integer"}"#, true);
        check::<i64>(r#"{"type":"integer"}"#, true);
        check::<i128>(r#"{"type":"integer"}"#, true);
        check::<isize>(r#"{"type":"integer"}"#, true);
        check::<u8>(r#"{"maximum":255,"minimum":0,"type":"integer"}"#, true);
        check::<u16>(r#"{"maximum":65535,"minimum":0,"type":"integer"}"#, true);
        check::<u32>(r#"{"maximum":4294967295,"minimum":0,"type":"integer"}"#, true);
        check::<u64>(r#"{"minimum":0,"type":"integer"}"#, true);
        check::<u128>(r#"{"minimum":0,"type":"integer"}"#, true);
        check::<usize>(r#"{"minimum":0,"type":"integer"}"#, true);
        check::<NonZeroU8>(r#"{"maximum":255,"minimum":1,"type":"integer"}"#, true);
        check::<NonZeroI8>(
            r#"{"maximum":127,"minimum":-128,"not":{"const":0},"type":"integer"}"#,
            true,
        );
    }

    #[test]
    fn other_scalars() {
        check::<f32>(r#"{"type":"number"}"#, true);
        check::<f64>(r#"{"type":"number"}"#, true);
        check::<bool>(r#"{"type":"boolean"}"#, true);
        check::<char>(r#"{"maxLength":1,"minLength":1,"type":"string"}"#, true);
        check::<String>(r#"{"type":"string"}"#, true);
        check::<str>(r#"{"type":"string"}"#, true);
        check::<&str>(r#"{"type":"string"}"#, true);
        check::<Cow<'_, str>>(r#"{"type":"string"}"#, true);
        check::<std::path::PathBuf>(r#"{"type":"string"}"#, true);
        check::<()>(r#"{"type":"null"}"#, true);
    }

    #[test]
    fn an_option_is_not_required() {
        check::<Option<i64>>(r#"{"type":"integer"}"#, false);
        check::<Option<&str>>(r#"{"type":"string"}"#, false);
        check::<Option<Option<bool>>>(r#"{"type":"boolean"}"#, false);
        check::<Option<Vec<Option<bool>>>>(r#"{"items":{"type":"boolean"},"type":"array"}"#, false);
        check::<Option<Plain>>(r#"{"enum":["up","down"],"type":"string"}"#, false);
        check::<Option<Documented>>(DOCUMENTED, false);
        check::<Box<Option<i64>>>(r#"{"type":"integer"}"#, false);
    }

    #[test]
    fn containers() {
        check::<Vec<u64>>(r#"{"items":{"minimum":0,"type":"integer"},"type":"array"}"#, true);
        check::<HashSet<String>>(r#"{"items":{"type":"string"},"type":"array"}"#, true);
        check::<[bool; 2]>(
            r#"{"items":{"type":"boolean"},"maxItems":2,"minItems":2,"type":"array"}"#,
            true,
        );
        check::<(bool, String)>(
            r#"{"items":{"anyOf":[{"type":"boolean"},{"type":"string"}]},"maxItems":2,"minItems":2,"prefixItems":[{"type":"boolean"},{"type":"string"}],"type":"array"}"#,
            true,
        );
        check::<HashMap<String, f64>>(
            r#"{"additionalProperties":{"type":"number"},"type":"object"}"#,
            true,
        );
        check::<(f64, f64)>(
            r#"{"items":{"type":"number"},"maxItems":2,"minItems":2,"type":"array"}"#,
            true,
        );
        check::<[u8; 0]>(r#"{"items":{},"maxItems":0,"type":"array"}"#, true);
        let flags = r#"{"additionalProperties":{"type":"boolean"},"type":"object"}"#;
        check::<BTreeMap<u8, bool>>(flags, true);
        check::<HashMap<i64, Option<bool>>>(flags, true);
        check::<Value>("{}", true);
        check::<Vec<Value>>(r#"{"items":{},"type":"array"}"#, true);
        check::<HashMap<String, Value>>(r#"{"additionalProperties":true,"type":"object"}"#, true);
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "lowercase")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Plain {
        Up,
        Down,
    }

    /// Which way.
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Documented {
        /// To the top.
        Up,
        Down,
    }

    const DOCUMENTED: &str = r#"{"description":"Which way.","oneOf":[{"enum":["Down"],"type":"string"},{"const":"Up","description":"To the top.","type":"string"}]}"#;

    #[derive(JsonSchema)]
    #[schemars(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Tagged {
        Circle { radius: f64 },
        Point,
    }

    #[derive(JsonSchema)]
    #[schemars(untagged)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Untagged {
        Number(i64),
        Nothing,
    }

    #[test]
    fn enums() {
        check::<Plain>(r#"{"enum":["up","down"],"type":"string"}"#, true);
        check::<Documented>(DOCUMENTED, true);
        check::<Tagged>(
            r#"{"oneOf":[{"properties":{"kind":{"const":"Circle","type":"string"},"radius":{"type":"number"}},"required":["kind","radius"],"type":"object"},{"properties":{"kind":{"const":"Point","type":"string"}},"required":["kind"],"type":"object"}]}"#,
            true,
        );
        // Null is one of its values, and absence is not.
        check::<Untagged>(r#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#, true);
        check::<Option<Untagged>>(r#"{"type":"integer"}"#, false);
    }

    /// A place.
    ///
    /// With a name.
    #[derive(Default, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Place {
        /// What people call it.
        local_name: String,
        height: Option<f64>,
        #[serde(default = "two")]
        floors: u64,
        tags: Vec<Option<String>>,
    }

    fn two() -> u64 {
        2
    }

    const PLACE: &str = r#""properties":{"floors":{"default":2,"minimum":0,"type":"integer"},"height":{"type":"number"},"localName":{"description":"What people call it.","type":"string"},"tags":{"items":{"type":"string"},"type":"array"}},"required":["localName","tags"],"type":"object"}"#;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Outer {
        /// Where.
        place: Option<Place>,
        #[schemars(flatten)]
        rest: HashMap<String, bool>,
    }

    #[derive(JsonSchema)]
    #[schemars(default)]
    #[derive(Serialize, Default)]
    struct Defaults {
        on: bool,
        note: Option<String>,
    }

    #[test]
    fn structs_follow_their_attributes() {
        check::<Place>(
            &format!(
                r#"{{"additionalProperties":false,"description":"A place.\n\nWith a name.",{PLACE}"#
            ),
            true,
        );
        check::<Outer>(
            &format!(
                r#"{{"additionalProperties":{{"type":"boolean"}},"properties":{{"place":{{"additionalProperties":false,"description":"Where.",{PLACE}}},"type":"object"}}"#
            ),
            true,
        );
        check::<Defaults>(
            r#"{"properties":{"note":{"type":"string"},"on":{"default":false,"type":"boolean"}},"type":"object"}"#,
            true,
        );
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Tree {
        /// Below.
        left: Option<Box<Tree>>,
        children: Vec<Tree>,
    }

    mod other {
        #[derive(schemars::JsonSchema)]
        #[expect(dead_code, reason = "only its schema is of interest")]
        pub(super) struct Tree {
            next: Option<Box<Tree>>,
        }
    }

    #[test]
    fn only_a_type_that_contains_itself_is_defined() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let mut schema = InputSchema::new();
        schema.argument::<Tree>("a");
        schema.argument::<other::Tree>("b");
        schema.argument::<Place>("c");
        let schema = schema.finish(false).to_value();
        let mut names: Vec<_> = schema["$defs"].as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["Tree", "Tree2"]);
        assert_eq!(
            schema["$defs"]["Tree"],
            value(
                r##"{"properties":{"children":{"items":{"$ref":"#/$defs/Tree"},"type":"array"},"left":{"anyOf":[{"$ref":"#/$defs/Tree"}],"description":"Below."}},"required":["children"],"type":"object"}"##
            )
        );
        assert_eq!(
            schema["$defs"]["Tree2"],
            value(r##"{"properties":{"next":{"$ref":"#/$defs/Tree2"}},"type":"object"}"##)
        );
    }

    #[test]
    fn arguments_keep_their_order_and_what_is_added_to_them() {
        let mut schema = InputSchema::new();
        schema.argument::<&str>("zebra").description = Some("Striped".to_owned());
        let count = schema.argument::<u64>("apple");
        assert_eq!(count.scalar(), Some(Scalar::Integer));
        count.set("minimum", 1).set("default", 1);
        count.required = false;
        schema.argument::<Place>("m\"q").description = Some("Here".to_owned());
        let text = schema.finish(true).to_string();
        let value: Value = serde_json::from_str(&text).unwrap();
        let place = value["properties"]["m\"q"].to_string();
        assert!(place.contains(r#""description":"Here""#), "{place}");
        assert_same(
            &text,
            &format!(
                r#"{{"type":"object","properties":{{"zebra":{{"description":"Striped","type":"string"}},"apple":{{"default":1,"minimum":1,"type":"integer"}},"m\"q":{place}}},"required":["zebra","m\"q"]}}"#
            ),
        );
    }

    #[test]
    fn no_arguments_are_a_closed_empty_object() {
        assert_eq!(
            InputSchema::new().finish(false).as_str(),
            r#"{"type":"object","properties":{},"additionalProperties":false}"#
        );
        assert_eq!(
            InputSchema::new().finish(true).as_str(),
            r#"{"type":"object","properties":{}}"#
        );
    }
}

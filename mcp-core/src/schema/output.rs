//! The output schema of a component: what is really sent.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::walk::Scalar;
use super::{Schema, portable};

/// The schema of `T` as it is serialised: an `Option` field is nullable.
///
/// Specification: [Output schema](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#output-schema).
pub fn output_schema<T: JsonSchema + ?Sized>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut schema = generator.subschema_for::<T>().to_value();
    let mut definitions = Value::Object(generator.take_definitions(false));
    if schema == Value::Bool(true) {
        // The specification wants an object, and this one says as much.
        schema = json!({});
    }
    portable::rewrite_output(&mut schema);
    for definition in definitions.as_object_mut().into_iter().flat_map(Map::values_mut) {
        portable::rewrite_output(definition);
    }
    name_common_type(&mut schema);
    attach(&mut schema, definitions);
    Schema::generated(schema.to_string())
}

/// Whether the schema describes text and nothing more, present or null.
///
/// A result of that kind is sent as text and advertises no output schema.
pub fn is_text(schema: &Schema) -> bool {
    let value = schema.to_value();
    Scalar::of(&value) == Some(Scalar::String)
        && keywords(&value).all(|keyword| keyword == "type" || is_annotation(keyword))
}

/// Whether the schema describes `null` and nothing else, as that of `()` does.
pub fn is_null(schema: &Schema) -> bool {
    schema.to_value().get("type").is_some_and(|name| name == "null")
}

/// Whether the schema says at its root that the value is an object, which revisions up to
/// 2025-11-25 demand of an output schema.
pub fn is_object(schema: &Schema) -> bool {
    schema.to_value().get("type").is_some_and(|name| name == "object")
}

/// The schema of `{"result": …}`, for revisions that want an object.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool).
pub fn wrap_result(schema: &Schema) -> Schema {
    let mut inner = schema.to_value();
    // References count from the root of the whole schema, so definitions move up to it.
    let definitions = inner.as_object_mut().and_then(|object| object.remove("$defs"));
    let inner = match definitions {
        Some(_) => inner.to_string(),
        None => schema.as_str().to_owned(),
    };
    let definitions = definitions.map(|map| format!(r#","$defs":{map}"#)).unwrap_or_default();
    Schema::generated(format!(
        r#"{{"type":"object","properties":{{"result":{inner}}},"required":["result"]{definitions}}}"#
    ))
}

fn keywords(schema: &Value) -> impl Iterator<Item = &str> {
    schema.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

fn is_annotation(keyword: &str) -> bool {
    matches!(keyword, "$comment" | "default" | "deprecated" | "description" | "examples" | "title")
}

/// Says `type: object` beside alternatives that are all objects, such as a tagged enum's.
fn name_common_type(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let is_object = |inner: &Value| inner.get("type").is_some_and(|name| name == "object");
    let all_objects = ["oneOf", "anyOf"].iter().any(|keyword| {
        object.get(*keyword).and_then(Value::as_array).is_some_and(|all| all.iter().all(is_object))
    });
    if all_objects && !object.contains_key("type") {
        object.insert("type".into(), "object".into());
    }
}

fn attach(schema: &mut Value, definitions: Value) {
    if definitions.as_object().is_some_and(Map::is_empty) {
        return;
    }
    if let Value::Object(object) = schema {
        object.insert("$defs".into(), definitions);
    }
}

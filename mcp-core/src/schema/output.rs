//! Output schema of a component: the values that are really sent.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::walk::Scalar;
use super::{Schema, portable};
use crate::json;

/// Returns the schema of `T` as it is serialised: an `Option` field is nullable.
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
        // The specification requires an object, and an empty one means the same.
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

/// `true` if the schema describes text, or text or `null`, without further constraints.
///
/// Such a result is sent as text and advertises no output schema.
pub fn is_text(schema: &Schema) -> bool {
    let value = schema.to_value();
    Scalar::of(&value) == Some(Scalar::String)
        && keywords(&value).all(|keyword| keyword == "type" || is_annotation(keyword))
}

/// `true` if the schema describes only `null`, like that of `()`.
pub fn is_null(schema: &Schema) -> bool {
    schema.to_value().get("type").is_some_and(|name| name == "null")
}

/// `true` if the schema has `type: object` at its root, which revisions up to 2025-11-25 require of
/// an output schema.
pub fn is_object(schema: &Schema) -> bool {
    schema.to_value().get("type").is_some_and(|name| name == "object")
}

/// Returns the schema of `{"result": …}`, for revisions that require an object.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool).
pub fn wrap_result(schema: &Schema) -> Schema {
    let mut inner = schema.to_value();
    // References count from the root of the whole schema, so definitions move up to it.
    let definitions = inner.as_object_mut().and_then(|object| object.remove("$defs"));
    Schema::generated(json::object_string(|wrapper| {
        wrapper.value("type", "object");
        wrapper.object("properties", |properties| match definitions {
            Some(_) => properties.value("result", &inner),
            None => properties.raw("result", schema.as_str()),
        });
        wrapper.array("required", |required| required.value("result"));
        wrapper.optional("$defs", definitions.as_ref());
    }))
}

fn keywords(schema: &Value) -> impl Iterator<Item = &str> {
    schema.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str))
}

fn is_annotation(keyword: &str) -> bool {
    matches!(keyword, "$comment" | "default" | "deprecated" | "description" | "examples" | "title")
}

/// Adds `type: object` beside alternatives that are all objects, such as those of a tagged enum.
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

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Serialize;

    use super::super::same::assert_same;
    use super::{Schema, is_null, is_object, is_text, output_schema, wrap_result};

    fn check<T: JsonSchema + ?Sized>(expected: &str) {
        assert_same(output_schema::<T>().as_str(), expected);
    }

    #[derive(Serialize, JsonSchema)]
    struct Forecast {
        /// In degrees.
        high: f64,
        low: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
    }

    #[derive(Serialize, JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Shape {
        Circle { radius: f64 },
        Point,
    }

    #[derive(Serialize, JsonSchema)]
    struct Chain {
        next: Option<Box<Chain>>,
    }

    #[test]
    fn what_is_sent_is_described() {
        check::<i32>(r#"{"type":"integer"}"#);
        check::<Option<u64>>(r#"{"minimum":0,"type":["integer","null"]}"#);
        check::<serde_json::Value>("{}");
        check::<Forecast>(
            r#"{"properties":{"high":{"description":"In degrees.","type":"number"},"low":{"type":["number","null"]},"note":{"type":["string","null"]}},"required":["high","low"],"type":"object"}"#,
        );
        check::<Shape>(
            r#"{"oneOf":[{"properties":{"kind":{"const":"Circle","type":"string"},"radius":{"type":"number"}},"required":["kind","radius"],"type":"object"},{"properties":{"kind":{"const":"Point","type":"string"}},"required":["kind"],"type":"object"}],"type":"object"}"#,
        );
        check::<Chain>(
            r##"{"$defs":{"Chain":{"properties":{"next":{"anyOf":[{"$ref":"#/$defs/Chain"},{"type":"null"}]}},"required":["next"],"type":"object"}},"properties":{"next":{"anyOf":[{"$ref":"#/$defs/Chain"},{"type":"null"}]}},"required":["next"],"type":"object"}"##,
        );
    }

    #[test]
    fn kinds_of_results_are_told_apart() {
        let kinds = |schema: &Schema| (is_text(schema), is_null(schema), is_object(schema));
        let check = |schema: Schema, expected| assert_eq!(kinds(&schema), expected, "{schema}");
        check(output_schema::<String>(), (true, false, false));
        check(output_schema::<&str>(), (true, false, false));
        check(output_schema::<Option<String>>(), (true, false, false));
        check(output_schema::<char>(), (false, false, false));
        check(output_schema::<()>(), (false, true, false));
        check(output_schema::<Option<u8>>(), (false, false, false));
        check(output_schema::<Vec<String>>(), (false, false, false));
        check(output_schema::<Forecast>(), (false, false, true));
        check(output_schema::<Shape>(), (false, false, true));
        check(output_schema::<Option<Forecast>>(), (false, false, false));
        check(output_schema::<serde_json::Value>(), (false, false, false));
        check(Schema::parse("true").unwrap(), (false, false, false));
        check(Schema::parse(r#"{"type":"string","enum":["a"]}"#).unwrap(), (false, false, false));
        check(
            Schema::parse(r#"{"type":"string","description":"a"}"#).unwrap(),
            (true, false, false),
        );
    }

    #[test]
    fn a_wrapped_result_keeps_its_references() {
        let check = |schema: &str, expected: &str| {
            assert_eq!(wrap_result(&Schema::parse(schema).unwrap()).as_str(), expected);
        };
        check(
            r#"{"type":"array","items":{}}"#,
            r#"{"type":"object","properties":{"result":{"type":"array","items":{}}},"required":["result"]}"#,
        );
        check(
            r##"{"items":{"$ref":"#/$defs/A"},"$defs":{"A":{"type":"string"}}}"##,
            r##"{"type":"object","properties":{"result":{"items":{"$ref":"#/$defs/A"}}},"required":["result"],"$defs":{"A":{"type":"string"}}}"##,
        );
    }
}

//! Tests: a schema allows exactly what deserialising accepts.
//!
//! Left out, because the schema is narrower on purpose: an explicit `null` for an `Option`, also in
//! a list, a struct written as an array, a unit variant written as a map. Left out, because no
//! portable schema can say it: integers beyond 64 bits, `5.0`, which JSON Schema calls an integer, and
//! the names in maps from integers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::{NonZeroI8, NonZeroU8};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::InputSchema;

/// Compares schema and deserialiser on every sample, and both with the expectation.
fn check<T: DeserializeOwned + JsonSchema>(accepted: &[&str], refused: &[&str]) {
    let mut builder = InputSchema::new();
    builder.argument::<T>("a");
    let root = builder.finish(false).to_value();
    let schema = &root["properties"]["a"];
    let samples =
        accepted.iter().map(|text| (text, true)).chain(refused.iter().map(|text| (text, false)));
    for (text, expected) in samples {
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(fits(&value, schema, &root), expected, "{schema} allows {text}");
        let outcome = serde_json::from_str::<T>(text);
        assert_eq!(outcome.is_ok(), expected, "{} from {text}", T::schema_name());
    }
}

#[test]
fn scalars() {
    check::<i8>(&["0", "-128", "127"], &["128", "-129", "1.5", "\"1\"", "null", "true"]);
    check::<u8>(&["0", "255"], &["-1", "256"]);
    check::<i16>(&["-32768"], &["32768"]);
    check::<i32>(&["-2147483648", "2147483647"], &["2147483648", "-2147483649"]);
    check::<u32>(&["0", "4294967295"], &["4294967296", "-1"]);
    check::<i64>(&["-9223372036854775808"], &["0.5", "\"0\""]);
    check::<u64>(&["18446744073709551615"], &["-1"]);
    check::<NonZeroU8>(&["1", "255"], &["0", "-1", "256"]);
    check::<NonZeroI8>(&["1", "-128"], &["0", "128"]);
    check::<f64>(&["1", "1.5", "-1e300"], &["\"1\"", "null"]);
    check::<bool>(&["true"], &["0", "\"true\""]);
    check::<char>(&["\"a\"", "\"é\"", "\"\\n\""], &["\"\"", "\"ab\"", "1"]);
    check::<String>(&["\"\"", "\"a\""], &["1", "null", "[]"]);
    check::<()>(&["null"], &["0", "{}"]);
}

#[test]
fn containers() {
    check::<Vec<u8>>(&["[]", "[1,2]"], &["[256]", "1", "{}"]);
    check::<Vec<Option<u8>>>(&["[1]"], &["[\"\"]"]);
    check::<(u8, u8)>(&["[1,2]"], &["[1]", "[1,2,3]", "[1,\"2\"]"]);
    check::<HashSet<u8>>(&["[]", "[1,1]"], &["[-1]"]);
    check::<[u8; 2]>(&["[1,2]"], &["[1]", "[1,2,3]"]);
    check::<(u8, String)>(&["[1,\"a\"]"], &["[1]", "[\"a\",1]", "[1,\"a\",2]"]);
    check::<HashMap<String, bool>>(&["{}", r#"{"a":true}"#], &[r#"{"a":1}"#, "[]"]);
    check::<BTreeMap<u8, bool>>(&["{}", r#"{"1":true}"#], &[r#"{"1":1}"#]);
    check::<BTreeMap<i8, Option<bool>>>(&[r#"{"-1":true}"#], &[r#"{"-1":1}"#]);
    check::<Value>(&["1", "{}", "null"], &[]);
    check::<Option<u8>>(&["1"], &["256", "\"1\""]);
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Plain {
    UpHill,
    /// Documented, which schemars writes in another way.
    Down,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its impls are of interest")]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, bool),
    Struct { a: u8, b: Option<u8> },
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its impls are of interest")]
enum Internal {
    Unit,
    Struct { a: u8 },
    Newtype(Strict),
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
#[expect(dead_code, reason = "only its impls are of interest")]
enum Adjacent {
    Unit,
    Newtype(u8),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its impls are of interest")]
enum Untagged {
    Number(u8),
    Text(String),
    Struct { a: bool },
    Nothing,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Strict {
    a: u8,
    b: Option<u8>,
    #[serde(default)]
    c: u8,
    #[serde(rename = "type")]
    kind: Option<Plain>,
}

#[test]
fn enums() {
    check::<Plain>(&["\"up-hill\"", "\"down\""], &["\"Down\"", "1", "null"]);
    check::<External>(
        &["\"Unit\"", r#"{"Newtype":1}"#, r#"{"Tuple":[1,true]}"#, r#"{"Struct":{"a":1}}"#],
        &["\"Newtype\"", r#"{"Newtype":256}"#, r#"{"Tuple":[1]}"#, r#"{"Struct":{}}"#, "{}"],
    );
    check::<Internal>(
        &[r#"{"kind":"unit"}"#, r#"{"kind":"struct","a":1}"#, r#"{"kind":"newtype","a":1}"#],
        &[r#"{"kind":"struct"}"#, r#"{"kind":"other"}"#, "{}", r#"{"kind":"newtype"}"#],
    );
    check::<Adjacent>(
        &[r#"{"t":"Unit"}"#, r#"{"t":"Newtype","c":1}"#],
        &[r#"{"t":"Newtype"}"#, r#"{"t":"Newtype","c":"1"}"#, "{}"],
    );
    check::<Untagged>(&["1", "\"a\"", r#"{"a":true}"#, "null"], &["256", "[]", r#"{"a":1}"#]);
}

#[derive(Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default, serde::Serialize)]
struct Defaults {
    first_name: String,
    age: u8,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Flat {
    own: bool,
    #[serde(flatten)]
    defaults: Defaults,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Newtype(Option<u8>);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Tree {
    value: u8,
    left: Option<Box<Tree>>,
    #[serde(default)]
    children: Vec<Tree>,
}

#[test]
fn structs() {
    check::<Strict>(
        &[r#"{"a":1}"#, r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"type":"down"}"#],
        &["{}", r#"{"a":1,"d":1}"#, r#"{"a":1,"c":null}"#, r#"{"a":1,"type":"up"}"#],
    );
    check::<Defaults>(&["{}", r#"{"firstName":"a"}"#, r#"{"x":1}"#], &[r#"{"age":""}"#]);
    check::<Flat>(
        &[r#"{"own":true}"#, r#"{"own":true,"age":1,"x":2}"#],
        &["{}", r#"{"own":true,"age":"1"}"#, r#"{"own":true,"x":true}"#],
    );
    check::<Newtype>(&["1"], &["256", "\"\""]);
    check::<Tree>(
        &[r#"{"value":1}"#, r#"{"value":1,"left":{"value":2,"children":[{"value":3}]}}"#],
        &[r#"{"value":1,"left":{}}"#, r#"{"value":1,"children":[{"value":1,"children":[{}]}]}"#],
    );
}

/// Validates a value by the keywords of generated schemas, and by no others.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let Value::Object(keywords) = schema else { return schema == &Value::Bool(true) };
    keywords.iter().all(|(keyword, rule)| keyword_holds(keyword, rule, value, keywords, root))
}

fn keyword_holds(
    keyword: &str,
    rule: &Value,
    value: &Value,
    schema: &Map<String, Value>,
    root: &Value,
) -> bool {
    let matching = |rule: &Value| {
        rule.as_array().unwrap().iter().filter(|inner| fits(value, inner, root)).count()
    };
    match keyword {
        "default" | "description" => true,
        "$ref" => fits(value, root.pointer(&rule.as_str().unwrap()[1..]).unwrap(), root),
        "type" => match rule {
            Value::Array(names) => names.iter().any(|name| has_type(value, name)),
            name => has_type(value, name),
        },
        "const" => value == rule,
        "enum" => rule.as_array().unwrap().contains(value),
        "not" => !fits(value, rule, root),
        "anyOf" => matching(rule) > 0,
        "oneOf" => matching(rule) == 1,
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
        "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= size(rule)),
        "maxLength" => value.as_str().is_none_or(|text| text.chars().count() <= size(rule)),
        "minItems" => value.as_array().is_none_or(|items| items.len() >= size(rule)),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= size(rule)),
        "items" => {
            let positions = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
            let rest = value.as_array().into_iter().flatten().skip(positions);
            rest.into_iter().all(|item| fits(item, rule, root))
        }
        "prefixItems" => {
            let items = value.as_array().into_iter().flatten();
            items.zip(rule.as_array().unwrap()).all(|(item, rule)| fits(item, rule, root))
        }
        "required" => value.as_object().is_none_or(|object| {
            rule.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
        }),
        "properties" => members(value)
            .all(|(key, inner)| rule.get(key).is_none_or(|rule| fits(inner, rule, root))),
        "additionalProperties" => members(value).all(|(key, inner)| {
            let named = schema.get("properties").is_some_and(|all| all.get(key).is_some());
            named || fits(inner, rule, root)
        }),
        other => panic!("no generated schema should have `{other}`"),
    }
}

fn size(rule: &Value) -> usize {
    usize::try_from(rule.as_u64().unwrap()).unwrap()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

//! Tests of compiled schemas: what is compared, what is skipped, what is reported.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::{NonZeroI8, NonZeroU32};

use mcp_core::jsonrpc::Raw;
use mcp_core::schema::InputSchema;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{CompiledSchema, Found, Mismatch, NotCompiled};

fn compile<T: JsonSchema + ?Sized>() -> (CompiledSchema, Vec<NotCompiled>) {
    let mut schema = InputSchema::new();
    let described = schema.argument::<T>("a").described.clone();
    CompiledSchema::compile(&described, schema.definitions())
}

fn lines(mismatches: &[Mismatch<'_>]) -> Vec<String> {
    mismatches.iter().map(|mismatch| format!("{}: {}", mismatch.path, mismatch.what)).collect()
}

/// Checks the mismatches of a value, all of them.
fn explain<T: JsonSchema + ?Sized>(json: &str, expected: &[&str]) {
    let (schema, not_compiled) = compile::<T>();
    assert_eq!(not_compiled, []);
    let mismatches = schema.explain("a", Found::Json(Raw::from_accepted(json)));
    assert_eq!(lines(&mismatches), expected, "{json}");
}

/// Checks the mismatches of a value that was deserialized.
fn check<T: JsonSchema + ?Sized>(json: &str, expected: &[&str]) {
    let (schema, _) = compile::<T>();
    let mismatches = schema.check("a", Found::Json(Raw::from_accepted(json)));
    assert_eq!(lines(&mismatches), expected, "{json}");
}

fn check_value(schema: Value, fitting: &[Value], others: &[Value]) {
    let (compiled, not_compiled) = CompiledSchema::compile(&schema, &serde_json::Map::new());
    assert_eq!(not_compiled, [], "{schema}");
    let mismatches = |value: &Value| {
        let text = value.to_string();
        lines(&compiled.explain("a", Found::Json(Raw::from_accepted(&text))))
    };
    for value in fitting {
        assert_eq!(mismatches(value), Vec::<String>::new(), "{schema} {value}");
    }
    for value in others {
        assert!(!mismatches(value).is_empty(), "{schema} {value}");
    }
}

fn is_trusted<T: JsonSchema + ?Sized>() -> bool {
    compile::<T>().0.is_trusted()
}

#[test]
fn types_of_rust_are_trusted() {
    assert!(
        is_trusted::<i64>() && is_trusted::<u8>() && is_trusted::<u128>() && is_trusted::<f64>()
    );
    assert!(is_trusted::<str>() && is_trusted::<bool>() && is_trusted::<Option<String>>());
    assert!(is_trusted::<Vec<Option<i32>>>() && is_trusted::<HashSet<u64>>());
    assert!(is_trusted::<HashMap<String, Vec<f64>>>() && is_trusted::<Vec<Vec<String>>>());
    assert!(is_trusted::<Value>() && is_trusted::<serde_json::Map<String, Value>>());
    assert!(!is_trusted::<NonZeroU32>() && !is_trusted::<f32>() && !is_trusted::<[u64; 2]>());
    assert!(!is_trusted::<&[u8]>() && !is_trusted::<BTreeMap<u8, bool>>() && !is_trusted::<()>());
    assert!(!is_trusted::<Place>() && !is_trusted::<Plain>() && !is_trusted::<Vec<Place>>());
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Place {
    street: String,
    #[schemars(range(min = 1, max = 9))]
    floor: Option<u8>,
    city: City,
    #[schemars(length(min = 1), inner(length(max = 3)))]
    tags: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct City {
    zip: u32,
    #[schemars(regex(pattern = "^[A-Z]+$"))]
    code: Option<String>,
}

#[test]
fn all_faults_are_found_where_they_are() {
    explain::<Place>(
        r#"{"city":{"zip":"x"},"floor":10,"tags":[],"colour":1}"#,
        &[
            "a.city.zip: expected an integer from 0 to 4294967295, got \"x\"",
            "a.floor: expected an integer from 1 to 9, got 10",
            "a.tags: expected an array of at least 1 item, got []",
            "a.colour: unknown member; the members are `city`, `floor`, `street` and `tags`",
            "a.street: missing; expected a string",
        ],
    );
    explain::<Place>(
        r#"{"street":5,"city":{"code":"a"},"tags":["long",7],"ctiy":1}"#,
        &[
            "a.street: expected a string, got 5",
            "a.city.code: expected a string that matches `^[A-Z]+$`, got \"a\"",
            "a.city.zip: missing; expected an integer from 0 to 4294967295",
            "a.tags[0]: expected a string of at most 3 characters, got \"long\"",
            "a.tags[1]: expected a string of at most 3 characters, got 7",
            "a.ctiy: unknown member; did you mean `city`?",
        ],
    );
    explain::<Place>("[]", &["a: expected an object, got []"]);
    explain::<Vec<Option<Place>>>("[null, 1]", &["a[1]: expected an object, got 1"]);
    explain::<Place>(r#"{"street":"x","street":"y","city":{"zip":1}}"#, &["a.street: given twice"]);
}

#[test]
fn what_deserializing_has_checked_is_skipped() {
    check::<Place>(r#"{"street":5,"city":{"zip":"x"}}"#, &[]);
    check::<Place>(r#"["x"]"#, &["a: expected an object, got [\"x\"]"]);
    check::<Vec<Place>>(
        r#"[{"street":"x","floor":0,"city":{"zip":1}}]"#,
        &["a[0].floor: expected an integer from 1 to 9, got 0"],
    );
    check::<Place>(r#"{"street":"x","city":[1]}"#, &["a.city: expected an object, got [1]"]);
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is of interest")]
enum Plain {
    Celsius,
    Kelvin,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, bool),
    Struct { a: u8 },
}

#[derive(JsonSchema)]
#[schemars(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is of interest")]
enum Tagged {
    Circle { radius: f64 },
    Square { side: f64 },
    Point,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum Untagged {
    Number(i64),
    City(City),
    Pair { left: u8, right: u8 },
}

#[test]
fn enums_are_explained_by_the_variant_that_is_meant() {
    explain::<Plain>(
        r#""celcius""#,
        &["a: expected `celsius` or `kelvin`, got \"celcius\"; did you mean `celsius`?"],
    );
    explain::<External>(
        r#"{"Newtype":"x"}"#,
        &["a.Newtype: expected an integer from 0 to 255, got \"x\""],
    );
    explain::<External>(
        r#"{"Struct":{}}"#,
        &["a.Struct.a: missing; expected an integer from 0 to 255"],
    );
    explain::<External>(
        r#"{"Newtpye":1}"#,
        &[
            "a: expected `Unit`, an object with `Newtype`, an object with `Tuple` or an object with \
           `Struct`, got {\"Newtpye\":1}; did you mean `Newtype`?",
        ],
    );
    explain::<Tagged>(
        r#"{"kind":"circle","radius":"big"}"#,
        &["a.radius: expected a number, got \"big\""],
    );
    explain::<Tagged>(
        r#"{"kind":"cirle","radius":1}"#,
        &["a.kind: expected `circle`, `square` or `point`, got \"cirle\"; did you mean `circle`?"],
    );
    explain::<Tagged>(
        r#"{"radius":1}"#,
        &["a.kind: missing; expected `circle`, `square` or `point`"],
    );
    explain::<Tagged>(
        "1",
        &["a: expected an object with `kind` and `radius`, an object with `kind` \
        and `side` or an object with `kind`, got 1"],
    );
    explain::<Untagged>(
        "true",
        &[
            "a: expected an integer, an object with `zip` or an object with `left` and `right`, got true",
        ],
    );
    explain::<Untagged>(
        r#"{"left":1,"right":"x"}"#,
        &["a.right: expected an integer from 0 to 255, got \"x\""],
    );
    explain::<Option<Tagged>>(r#"{"kind":"square"}"#, &["a.side: missing; expected a number"]);
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Flat {
    own: bool,
    #[schemars(flatten)]
    city: City,
    #[schemars(flatten)]
    shape: Tagged,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Tree {
    #[schemars(range(max = 7))]
    value: i32,
    children: Vec<Tree>,
}

#[test]
fn flattened_and_recursive_types_are_followed() {
    explain::<Flat>(
        r#"{"own":1,"zip":-1,"kind":"square","side":"x"}"#,
        &[
            "a.own: expected a boolean, got 1",
            "a.zip: expected an integer from 0 to 4294967295, got -1",
            "a.side: expected a number, got \"x\"",
        ],
    );
    check::<Tree>(
        r#"{"value":1,"children":[{"value":8,"children":[]},{"value":7,"children":[{"value":9,"children":[]}]}]}"#,
        &[
            "a.children[0].value: expected an integer from -2147483648 to 7, got 8",
            "a.children[1].children[0].value: expected an integer from -2147483648 to 7, got 9",
        ],
    );
}

#[test]
fn numbers_and_maps() {
    check::<NonZeroI8>("0", &["a: expected an integer from -128 to 127 other than 0, got 0"]);
    check::<Vec<f32>>(
        "[1, 1e39]",
        &["a[1]: expected a number from -3.4028235e38 to 3.4028235e38, got 1e39"],
    );
    explain::<i64>("1e400", &["a: expected an integer, got 1e400"]);
    explain::<f64>(
        "1e400",
        &["a: expected a number within the range of a 64-bit float, got 1e400"],
    );
    explain::<Value>(
        r#"{"b":[1e400]}"#,
        &["a.b[0]: expected a number within the range of a 64-bit float, got 1e400"],
    );
    explain::<BTreeMap<u8, bool>>(
        r#"{"x":true,"1":1}"#,
        &["a.x: unknown member; names match `^\\d+$`", "a.1: expected a boolean, got 1"],
    );
    explain::<u64>("-1", &["a: expected a non-negative integer, got -1"]);
    explain::<char>(r#""ab""#, &["a: expected a string of one character, got \"ab\""]);
    explain::<(u8, String)>(r#"[1]"#, &["a: expected an array of 2 items, got [1]"]);
    explain::<(u8, String)>(
        r#"["x",1]"#,
        &["a[0]: expected an integer from 0 to 255, got \"x\"", "a[1]: expected a string, got 1"],
    );
}

#[test]
fn every_keyword_is_compared() {
    check_value(json!({ "multipleOf": 0.1 }), &[json!(0.3), json!("x")], &[json!(0.35)]);
    check_value(
        json!({ "exclusiveMinimum": 0, "minimum": 0, "exclusiveMaximum": 5 }),
        &[json!(1), json!(4.5)],
        &[json!(0), json!(5)],
    );
    check_value(
        json!({ "const": { "a": 1 } }),
        &[json!({ "a": 1 })],
        &[json!({ "a": 2 }), json!(1)],
    );
    check_value(
        json!({ "enum": [1, "a", null] }),
        &[json!(1), json!(null)],
        &[json!(2), json!("b")],
    );
    check_value(
        json!({ "contains": { "const": 1 }, "maxContains": 2 }),
        &[json!([1]), json!([2, 1, 1])],
        &[json!([]), json!([2]), json!([1, 1, 1])],
    );
    check_value(json!({ "contains": { "const": 1 }, "minContains": 0 }), &[json!([])], &[]);
    check_value(
        json!({ "minProperties": 1, "maxProperties": 2, "propertyNames": { "maxLength": 1 } }),
        &[json!({ "a": 1 })],
        &[json!({}), json!({ "a": 1, "b": 1, "c": 1 }), json!({ "ab": 1 })],
    );
    check_value(
        json!({ "dependentRequired": { "a": ["b"] }, "dependentSchemas": { "c": { "required": ["d"] } } }),
        &[json!({}), json!({ "a": 1, "b": 1 }), json!({ "c": 1, "d": 1 })],
        &[json!({ "a": 1 }), json!({ "c": 1 })],
    );
    check_value(
        json!({ "if": { "required": ["a"] }, "then": { "required": ["b"] }, "else": { "required": ["c"] } }),
        &[json!({ "a": 1, "b": 1 }), json!({ "c": 1 })],
        &[json!({ "a": 1 }), json!({})],
    );
    check_value(json!({ "not": { "type": "string" } }), &[json!(1)], &[json!("x")]);
    check_value(
        json!({ "oneOf": [{ "minimum": 5 }, { "maximum": 9 }] }),
        &[json!(4), json!(10)],
        &[json!(7)],
    );
    check_value(
        json!({ "allOf": [{ "minLength": 2 }, { "maxLength": 3 }] }),
        &[json!("ab")],
        &[json!("a"), json!("abcd")],
    );
    check_value(
        json!({ "properties": { "a": {} }, "anyOf": [{ "properties": { "b": {} }, "required": ["b"] }, {}],
            "unevaluatedProperties": false }),
        &[json!({ "a": 1 }), json!({ "a": 1, "b": 1 })],
        &[json!({ "c": 1 })],
    );
    check_value(
        json!({ "patternProperties": { "^x": { "type": "string" } }, "additionalProperties": { "type": "null" } }),
        &[json!({ "x1": "a", "y": null })],
        &[json!({ "x1": 1 }), json!({ "y": 1 })],
    );
    check_value(json!(false), &[], &[json!(1)]);
    check_value(json!({ "format": "date" }), &[json!("2026-07-28"), json!(1)], &[json!("today")]);
    check_value(json!({ "format": "ip" }), &[json!("::1")], &[json!("anything")]);
    let (ip, _) = CompiledSchema::compile(&json!({ "format": "ip" }), &serde_json::Map::new());
    assert!(ip.check("a", Found::Text("anything")).is_empty());
    check_value(
        json!({ "type": ["string", "null"], "title": "t", "x-order": 1, "default": 5 }),
        &[json!(null), json!("a")],
        &[json!(1)],
    );
    check_value(json!({ "type": "integer" }), &[json!(5.0), json!(-3)], &[json!(5.5)]);
}

#[test]
fn what_is_not_compiled_is_named() {
    let check = |schema: Value, expected: &str| {
        let (_, not_compiled) = CompiledSchema::compile(&schema, &serde_json::Map::new());
        let told: Vec<_> = not_compiled.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected]);
    };
    check(
        json!({ "properties": { "a": { "unevaluatedItems": false } } }),
        "`unevaluatedItems` at `/properties/a` is advertised by the schema of its type and enforced \
         by nothing",
    );
    check(
        json!({ "items": { "minLenght": 1 } }),
        "`minLenght` at `/items` is no keyword of JSON Schema; start its name with `x-`",
    );
    check(
        json!({ "minimum": "1" }),
        "`minimum` does not have the form that JSON Schema gives to it",
    );
    check(
        json!({ "pattern": "(?=a)" }),
        "`pattern` is advertised by the schema of its type and enforced by nothing",
    );
    check(json!({ "type": "text" }), "`type` does not have the form that JSON Schema gives to it");
    let enforced = json!({ "x-enforced": true, "pattern": "(?=a)", "type": "string" });
    let (schema, not_compiled) = CompiledSchema::compile(&enforced, &serde_json::Map::new());
    assert!(not_compiled.is_empty() && schema.is_trusted());
}

#[test]
fn nothing_takes_long() {
    // Both forms contain two values of the same forms.
    let mut definitions = serde_json::Map::new();
    let inner = json!({ "$ref": "#/$defs/Twice" });
    let form = json!({ "type": "object", "properties": { "x": inner }, "required": ["x"] });
    definitions.insert("Twice".into(), json!({ "anyOf": [form, form, { "type": "null" }] }));
    let (schema, _) = CompiledSchema::compile(&inner, &definitions);
    let deep = format!("{}1{}", r#"{"x":"#.repeat(100), "}".repeat(100));
    assert!(!schema.explain("a", Found::Json(Raw::from_accepted(&deep))).is_empty());
    let endless = json!({ "Endless": { "$ref": "#/$defs/Endless" } });
    let Value::Object(endless) = endless else { return };
    let reference = json!({ "$ref": "#/$defs/Endless" });
    let (schema, _) = CompiledSchema::compile(&reference, &endless);
    assert!(!schema.explain("a", Found::Json(Raw::from_accepted("1"))).is_empty());
}

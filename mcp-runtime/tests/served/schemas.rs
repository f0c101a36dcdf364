//! What a schema refuses, a strict tool refuses: a property, over derived types.
#![cfg(feature = "validate")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::{NonZeroI8, NonZeroU8};

use jsonschema::Validator;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::TestClient;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

macro_rules! takers {
    ($($tool:ident: $type:ty;)*) => {
        $(
            /// Take values.
            #[tool]
            fn $tool(v: Vec<$type>) -> usize {
                v.len()
            }
        )*

        fn server() -> Server {
            Server::new("schemas", "1")$(.with::<$tool>())*.strict_arguments()
        }
    };
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Plain {
    UpHill,
    /// Documented, which makes another schema.
    #[serde(alias = "d")]
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
    Tuple(u8, String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its impls are of interest")]
enum Untagged {
    Number(u8),
    Text(String),
    Struct { a: bool },
    List(Vec<Strict>),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Strict {
    #[serde(alias = "alpha")]
    a: u8,
    b: Option<u8>,
    #[serde(default)]
    c: u8,
    #[serde(rename = "type")]
    kind: Option<Plain>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Constrained {
    #[schemars(range(min = 1))]
    page: u32,
    #[schemars(length(equal = 2))]
    pair: Option<Vec<u8>>,
    #[schemars(range(max = 1.5))]
    ratio: Option<f32>,
    #[schemars(length(min = 1, max = 3), regex(pattern = "^[a-z]+$"))]
    code: Option<String>,
    #[schemars(email)]
    mail: Option<String>,
    #[schemars(extend("format" = "date"))]
    date: Option<String>,
    #[schemars(extend("format" = "uuid"))]
    id: Option<String>,
    #[schemars(extend("multipleOf" = 5))]
    fives: Option<i64>,
    #[schemars(extend("minProperties" = 1))]
    map: Option<BTreeMap<String, u8>>,
    #[schemars(required)]
    needed: Option<u8>,
    #[schemars(inner(range(min = 3)))]
    items: Option<BTreeSet<u8>>,
}

#[derive(Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "camelCase")]
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
    shape: Internal,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Rest {
    own: bool,
    #[serde(flatten)]
    rest: HashMap<String, u8>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its impls are of interest")]
struct Tree {
    value: NonZeroU8,
    left: Option<Box<Tree>>,
    #[serde(default)]
    children: Vec<Tree>,
}

#[derive(Deserialize, JsonSchema)]
struct Lent<'a>(#[expect(dead_code, reason = "only its impls are of interest")] &'a str);

#[derive(Deserialize, JsonSchema)]
struct Unit;

takers! {
    signed: i8;
    unsigned: u64;
    single: f32;
    double: f64;
    nonzero: NonZeroI8;
    character: char;
    nothing: Unit;
    fixed: [u8; 2];
    mixed: (u8, String);
    alike: (f64, f64);
    bytes: &[u8];
    lent: Lent<'_>;
    numbered: BTreeMap<u8, bool>;
    chosen: HashMap<String, Plain>;
    optional: Option<Strict>;
    plain: Plain;
    external: External;
    internal: Internal;
    adjacent: Adjacent;
    untagged: Untagged;
    closed: Strict;
    constrained: Constrained;
    defaults: Defaults;
    flat: Flat;
    rest: Rest;
    tree: Tree;
    address: std::net::Ipv4Addr;
    duration: std::time::Duration;
}

/// Values that fit one of the types.
fn samples() -> Vec<Value> {
    vec![
        json!(5),
        json!("a"),
        json!([1, 2]),
        json!([1, "a"]),
        json!({ "1": true }),
        json!("up-hill"),
        json!({ "x": "down" }),
        json!({ "Newtype": 1 }),
        json!({ "Tuple": [1, true] }),
        json!({ "Struct": { "a": 1, "b": 2 } }),
        json!({ "kind": "unit" }),
        json!({ "kind": "newtype", "a": 1, "b": 2, "type": "down" }),
        json!({ "t": "Newtype", "c": 1 }),
        json!({ "t": "Tuple", "c": [1, "a"] }),
        json!([{ "a": 1 }]),
        json!({ "a": 1, "b": 2, "c": 3, "type": "down" }),
        json!({
            "page": 1, "pair": [1, 2], "ratio": 1, "code": "abc", "mail": "a@b.c",
            "date": "2026-07-28", "id": "67e55044-10b1-426f-9247-bb680e5fe0c8", "fives": 10,
            "map": { "a": 1 }, "needed": 1, "items": [3, 4]
        }),
        json!({ "firstName": "a", "age": 1 }),
        json!({ "own": true, "firstName": "a", "kind": "struct", "a": 1 }),
        json!({ "own": true, "x": 1 }),
        json!({ "value": 1, "left": { "value": 2, "children": [{ "value": 3 }] } }),
        json!("127.0.0.1"),
        json!({ "secs": 1, "nanos": 1 }),
    ]
}

fn scalars() -> Vec<Value> {
    let numbers = [json!(0), json!(1), json!(-1), json!(2), json!(5.0), json!(0.5), json!(7)];
    let large = [json!(255), json!(256), json!(4_294_967_296_u64), json!(u64::MAX), json!(1e39)];
    let texts =
        ["", "a", "abcd", "A", "1", "Unit", "Down", "d", "up-hill", "unit", "x@y.z", "2026-02-30"];
    let others = [json!(null), json!(true), json!([]), json!({}), json!([1]), json!({ "a": 1 })];
    let unit = [json!({ "Unit": null }), json!({ "up-hill": null }), json!({ "alpha": 1 })];
    let texts = texts.into_iter().map(Value::from);
    numbers.into_iter().chain(large).chain(texts).chain(others).chain(unit).collect()
}

/// A change of a part of a value.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Rename(&'static str),
    Insert(&'static str, Value),
    Wrap,
}

fn change() -> impl Strategy<Value = (Index, Change)> {
    let names =
        || select(vec!["a", "b", "c", "d", "alpha", "kind", "t", "type", "0", "own", "value", "x"]);
    let value = || select(scalars());
    let change = prop_oneof![
        4 => value().prop_map(Change::Replace),
        1 => Just(Change::Remove),
        1 => names().prop_map(Change::Rename),
        1 => (names(), value()).prop_map(|(name, value)| Change::Insert(name, value)),
        1 => Just(Change::Wrap),
    ];
    (any::<Index>(), change)
}

fn pointers(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
            pointers(item, &format!("{pointer}/{index}"), found);
        }),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            pointers(member, &format!("{pointer}/{name}"), found);
        }),
        _ => {}
    }
}

fn apply(value: &mut Value, at: Index, change: Change) {
    let mut all = Vec::new();
    pointers(value, "", &mut all);
    let pointer = at.get(&all).clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
    let part = value.pointer_mut(&pointer).unwrap();
    match change {
        Change::Replace(new) => *part = new,
        Change::Wrap => *part = json!([part.take()]),
        Change::Insert(name, new) => match part {
            Value::Object(members) => drop(members.insert(name.to_owned(), new)),
            Value::Array(items) => items.push(new),
            _ => {}
        },
        Change::Remove | Change::Rename(_) => {
            let Some(Value::Object(members)) =
                value.pointer_mut(parent).filter(|_| !pointer.is_empty())
            else {
                return;
            };
            let removed = members.remove(last);
            if let (Change::Rename(name), Some(removed)) = (change, removed) {
                members.insert(name.to_owned(), removed);
            }
        }
    }
}

/// The value without `null` where it may stand for an absent one.
fn without_null(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(without_null).collect()
        }
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), without_null(member)))
            .collect(),
        other => other.clone(),
    }
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

#[test]
fn what_a_schema_refuses_the_tool_refuses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = runtime.block_on(TestClient::of(server()).connect()).unwrap();
    let tools: Vec<_> = runtime
        .block_on(client.tools().all())
        .unwrap()
        .into_iter()
        .map(|tool| (tool.name.clone(), validator(&tool.input_schema.to_value())))
        .collect();
    let config =
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    let strategy = (select(samples()), prop::collection::vec(change(), 0..4));
    let (mut accepted, mut refused) = (0, 0);
    let outcome = TestRunner::new(config).run(&strategy, |(mut value, changes)| {
        for (at, change) in changes {
            apply(&mut value, at, change);
        }
        let arguments = json!({ "v": [value] });
        for (name, schema) in &tools {
            let result = runtime.block_on(client.call(name, &arguments).into_future()).unwrap();
            let fits = schema.is_valid(&arguments) || schema.is_valid(&without_null(&arguments));
            prop_assert!(fits || result.is_error, "`{}` accepts {}", name, arguments);
        }
        Ok(())
    });
    // Most types refuse most values, but not all.
    for (name, _) in &tools {
        for value in samples() {
            let result =
                runtime.block_on(client.call(name, json!({ "v": [value] })).into_future()).unwrap();
            *if result.is_error { &mut refused } else { &mut accepted } += 1;
        }
    }
    assert!(accepted > 40 && refused > 300, "{accepted} accepted, {refused} refused");
    outcome.unwrap();
}

/// Validates every list of tools as its clients do: with a schema that a host refuses, it refuses
/// all tools.
#[tokio::test]
async fn schemas_are_portable() {
    let client = TestClient::of(server()).connect().await.unwrap();
    for tool in client.tools().all().await.unwrap() {
        check_portable(&tool.input_schema.to_value(), &tool.name);
    }
}

fn check_portable(schema: &Value, tool: &str) {
    match schema {
        Value::Object(members) => {
            assert!(!members.contains_key("patternProperties"), "{tool}: {schema}");
            if members.get("type") == Some(&json!("array")) {
                let items = members.get("items").unwrap_or_else(|| panic!("{tool}: {schema}"));
                let nullable =
                    items["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
                assert!(items.is_object() && !nullable, "{tool}: {schema}");
            }
            members.values().for_each(|inner| check_portable(inner, tool));
        }
        Value::Array(items) => items.iter().for_each(|inner| check_portable(inner, tool)),
        _ => {}
    }
}

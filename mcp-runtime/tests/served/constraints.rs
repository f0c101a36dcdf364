//! Constraints that the schemas of types advertise.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::NonZeroU32;

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::kit::{Outcome, clients};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Search {
    #[schemars(range(min = 1))]
    page: u32,
    #[schemars(length(equal = 2))]
    pair: Option<Vec<u8>>,
    #[schemars(range(min = 0.5, max = 1.5))]
    ratio: Option<f64>,
    #[schemars(length(min = 1, max = 3), regex(pattern = "^[a-z]+$"))]
    code: Option<String>,
    #[schemars(length(max = 2), inner(length(max = 3)))]
    tags: Option<Vec<String>>,
    #[schemars(extend("multipleOf" = 5, "exclusiveMinimum" = 0))]
    fives: Option<i64>,
    #[schemars(extend("minProperties" = 1))]
    map: Option<BTreeMap<String, u8>>,
    #[schemars(contains(pattern = "x"))]
    has_x: Option<String>,
    #[schemars(required)]
    needed: Option<u8>,
    #[schemars(with = "Option<u8>")]
    narrow: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Formats {
    #[schemars(email)]
    email: Option<String>,
    #[schemars(url)]
    uri: Option<String>,
    #[schemars(extend("format" = "uuid"))]
    uuid: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    date_time: Option<String>,
    #[schemars(extend("format" = "date"))]
    date: Option<String>,
    #[schemars(extend("format" = "time"))]
    time: Option<String>,
    #[schemars(extend("format" = "duration"))]
    duration: Option<String>,
    #[schemars(extend("format" = "hostname"))]
    hostname: Option<String>,
    #[schemars(extend("format" = "ipv4"))]
    ipv4: Option<String>,
    #[schemars(extend("format" = "ipv6"))]
    ipv6: Option<String>,
    #[schemars(extend("format" = "json-pointer"))]
    pointer: Option<String>,
    #[schemars(extend("format" = "regex"))]
    regex: Option<String>,
    #[schemars(extend("format" = "secret"))]
    unknown: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    #[serde(alias = "k")]
    Kelvin,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Renamed {
    #[serde(alias = "old")]
    new: u8,
    #[serde(alias = "gone")]
    maybe: Option<u8>,
    unit: Option<Unit>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Closed {
    a: Option<u8>,
}

/// Search.
#[tool]
fn search(query: Search, more: Option<Vec<Search>>) -> usize {
    let _ = query;
    more.map_or(0, |more| more.len())
}

/// Take texts.
#[tool]
fn formats(a: Formats, mail: Option<Mail>) -> bool {
    let _ = a;
    mail.is_some()
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("format" = "email"))]
struct Mail(#[expect(dead_code, reason = "only read")] String);

/// Take sets and small numbers.
#[tool]
fn limits(
    #[arg(max_len = 3)] set: Option<HashSet<String>>,
    #[arg(min_len = 2)] ordered: Option<BTreeSet<u8>>,
    single: Option<f32>,
    singles: Option<Vec<f32>>,
    page: Option<NonZeroU32>,
    share: Option<Share>,
) -> String {
    let _ = page;
    format!("{set:?} {ordered:?} {single:?} {singles:?} {}", share.is_some())
}

#[derive(Deserialize, JsonSchema)]
struct Share(
    #[schemars(range(max = 100))]
    #[expect(dead_code, reason = "only read")]
    u8,
);

/// Take other names.
#[tool]
fn names(a: Option<Renamed>, unit: Option<Unit>, closed: Option<Closed>) -> String {
    let _ = closed;
    format!("{} {}", a.is_some(), unit.is_some())
}

fn server() -> Server {
    Server::new("constraints", "1").with::<(search, formats, limits, names)>()
}

fn strict() -> Server {
    server().strict_arguments()
}

async fn call(
    client: &TestClient,
    tool: &str,
    arguments: &str,
) -> Result<CallToolResult, mcp_runtime::client::Error> {
    client.call(tool, RawValue::from_string(arguments.to_owned()).unwrap()).await
}

/// Checks that servers of both kinds refuse arguments.
async fn refuse(tool: &str, arguments: Value, error: &str) -> Outcome {
    for client in clients(server).await?.into_iter().chain(clients(strict).await?) {
        assert_failed(&call(&client, tool, &arguments.to_string()).await?, error);
    }
    Ok(())
}

/// Checks that servers of both kinds accept arguments.
async fn accept(tool: &str, arguments: Value) -> Outcome {
    for client in clients(server).await?.into_iter().chain(clients(strict).await?) {
        let result = call(&client, tool, &arguments.to_string()).await?;
        assert!(!result.is_error, "{arguments}: {result:?}");
    }
    Ok(())
}

#[tokio::test]
async fn constraints_inside_of_types_are_enforced() -> Outcome {
    let with = |name: &str, value: Value| {
        let mut query = json!({ "page": 1, "needed": 1 });
        query[name] = value;
        json!({ "query": query })
    };
    for (name, value) in [
        ("page", json!(1)),
        ("pair", json!([1, 2])),
        ("ratio", json!(1)),
        ("code", json!("abc")),
        ("tags", json!(["a", "abc"])),
        ("fives", json!(10)),
        ("map", json!({ "a": 1 })),
        ("has_x", json!("axb")),
        ("ratio", json!(null)),
    ] {
        accept("search", with(name, value)).await?;
    }
    for (name, value, error) in [
        ("page", json!(0), "`query.page`: expected an integer from 1 to 4294967295, got 0"),
        ("pair", json!([1]), "`query.pair`: expected an array of 2 items, got [1]"),
        ("pair", json!([1, 2, 3]), "`query.pair`: expected an array of 2 items"),
        ("ratio", json!(0.25), "`query.ratio`: expected a number from 0.5 to 1.5, got 0.25"),
        ("code", json!(""), "`query.code`: expected a string of 1 to 3 characters that matches"),
        ("code", json!("abcd"), "`query.code`"),
        ("code", json!("A"), "`query.code`"),
        ("tags", json!(["a", "b", "c"]), "`query.tags`: expected an array of at most 2 items"),
        ("tags", json!(["long"]), "`query.tags[0]`: expected a string of at most 3 characters"),
        ("fives", json!(7), "`query.fives`"),
        ("fives", json!(0), "`query.fives`"),
        ("map", json!({}), "`query.map`: expected an object of at least 1 member, got {}"),
        ("has_x", json!("ab"), "`query.has_x`: expected a string that matches `x`"),
        ("narrow", json!(300), "`query.narrow`: expected an integer from 0 to 255, got 300"),
    ] {
        refuse("search", with(name, value), error).await?;
    }
    refuse("search", json!({ "query": { "page": 1 } }), "`query.needed`: missing").await?;
    let arguments =
        json!({ "query": { "page": 1, "needed": 1 }, "more": [{ "page": 0, "needed": 2 }] });
    refuse("search", arguments, "`more[0].page`").await?;
    // All of them together.
    for client in clients(server).await? {
        let arguments = r#"{"query":{"page":0,"needed":1,"code":"A","tags":["a","long"]}}"#;
        let result = call(&client, "search", arguments).await?;
        for path in ["`query.page`", "`query.code`", "`query.tags[1]`"] {
            assert_failed(&result, path);
        }
    }
    Ok(())
}

#[tokio::test]
async fn formats_that_are_advertised_are_checked() -> Outcome {
    for (name, good, bad) in [
        ("email", "joe@example.com", "joe"),
        ("uri", "https://example.com", "example.com"),
        ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8", "67e5504410b1426f9247bb680e5fe0c8"),
        ("date_time", "2026-07-28T12:00:00Z", "2026-07-28 12:00"),
        ("date", "2026-07-28", "2026-02-30"),
        ("time", "12:00:00Z", "12:00"),
        ("duration", "P1D", "1d"),
        ("hostname", "example.com", "-a-"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "127.0.0.1"),
        ("pointer", "/a", "a"),
    ] {
        accept("formats", json!({ "a": { name: good } })).await?;
        let error = format!("`a.{name}`: expected ");
        refuse("formats", json!({ "a": { name: bad } }), &error).await?;
    }
    accept("formats", json!({ "a": { "regex": "(", "unknown": "anything" } })).await?;
    refuse("formats", json!({ "a": {}, "mail": "x" }), "`mail`: expected an email address").await?;
    for client in clients(server).await? {
        let tools = client.tools().all().await?;
        let tool = tools.iter().find(|tool| tool.name == "formats").unwrap();
        let properties = &tool.input_schema.to_value()["properties"]["a"]["properties"];
        for (name, format) in [
            ("email", json!("email")),
            ("date_time", json!("date-time")),
            ("regex", Value::Null),
            ("unknown", Value::Null),
        ] {
            assert_eq!(properties[name]["format"], format, "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn limits_count_what_was_sent() -> Outcome {
    accept("limits", json!({ "set": ["a", "b", "c"], "ordered": [1, 2] })).await?;
    refuse(
        "limits",
        json!({ "set": ["a", "a", "a", "a"] }),
        "`set`: expected an array of at most 3 items, got [\"a\",\"a\",\"a\",\"a\"]",
    )
    .await?;
    refuse("limits", json!({ "set": ["a", "b", "c", "d"] }), "`set`: expected at most 3 items")
        .await?;
    refuse("limits", json!({ "ordered": [1] }), "`ordered`: expected at least 2 items").await?;
    refuse("limits", json!({ "page": 0 }), "`page`: expected an integer from 1 to 4294967295")
        .await?;
    refuse("limits", json!({ "share": 101 }), "`share`: expected an integer from 0 to 100").await?;
    // In a string it is the same number.
    for client in clients(server).await? {
        let refused = call(&client, "limits", r#"{"share":"101"}"#).await?;
        assert_failed(&refused, "`share`: expected an integer from 0 to 100, got 101");
        let result = call(&client, "limits", r#"{"share":"100","set":"[\"a\"]"}"#).await?;
        assert_text(&result, r#"Some({"a"}) None None None true"#);
        let refused = call(&client, "limits", r#"{"set":"[\"a\",\"a\",\"a\",\"a\"]"}"#).await?;
        assert_failed(&refused, "`set`: expected an array of at most 3 items");
    }
    Ok(())
}

#[tokio::test]
async fn a_number_that_would_be_infinite_is_refused() -> Outcome {
    accept("limits", json!({ "single": 3.4e38, "singles": [1, -3.4e38] })).await?;
    let range = "expected a number from -3.4028235e38 to 3.4028235e38, got 1e+39";
    refuse("limits", json!({ "single": 1e39 }), &format!("`single`: {range}")).await?;
    refuse("limits", json!({ "singles": [0, 1e39] }), &format!("`singles[1]`: {range}")).await
}

#[tokio::test]
async fn values_of_other_forms_are_refused() -> Outcome {
    // What serde accepts and no schema describes.
    refuse("search", json!({ "query": [1] }), "`query`: expected an object, got [1]").await?;
    refuse("names", json!({ "a": [1, null, null] }), "`a`: expected an object").await?;
    refuse(
        "names",
        json!({ "unit": { "celsius": null } }),
        "`unit`: expected `celsius` or `kelvin`",
    )
    .await?;
    refuse("names", json!({ "a": { "new": 1, "unit": { "kelvin": null } } }), "`a.unit`: expected")
        .await?;
    refuse("names", json!({ "closed": { "a": 1, "b": 2 } }), "`closed.b`: unknown member").await
}

#[tokio::test]
async fn other_names_that_serde_knows_are_kept() -> Outcome {
    for arguments in [
        r#"{"a":{"old":1}}"#,
        r#"{"a":{"old":1,"gone":2}}"#,
        r#"{"a":{"new":1,"gone":2,"unit":"k"}}"#,
        r#"{"unit":"k"}"#,
    ] {
        for client in clients(server).await? {
            let result = call(&client, "names", arguments).await?;
            assert!(!result.is_error, "{arguments}: {result:?}");
        }
        // The schema does not contain them.
        for client in clients(strict).await? {
            assert!(call(&client, "names", arguments).await?.is_error, "{arguments}");
        }
    }
    refuse("names", json!({ "a": { "new": 1, "other": 2 } }), "`a.other`: unknown member").await?;
    refuse("names", json!({ "unit": "x" }), "`unit`: expected `celsius` or `kelvin`, got \"x\"")
        .await
}

//! Faults inside of arguments: path, expectation, value, all of a call together.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{assert_failed, assert_refused};
use mcp_runtime::tool::{Arguments, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::kit::{Outcome, ask, clients};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Address {
    street: String,
    city: City,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct City {
    zip: u32,
    name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only read")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64, at: City },
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
#[expect(dead_code, reason = "only read")]
enum Adjacent {
    Number(u8),
    City(City),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only read")]
enum Either {
    Number(i64),
    City(City),
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only read")]
struct Flat {
    id: u64,
    #[serde(flatten)]
    city: City,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Deserialize, JsonSchema)]
struct Id(#[expect(dead_code, reason = "only read")] u64);

/// Take values of all kinds.
#[tool]
#[expect(clippy::too_many_arguments, reason = "all of them are read in one call")]
fn take(
    address: Option<Address>,
    #[arg(default = 10, min = 1, max = 50)] limit: u32,
    shape: Option<Shape>,
    adjacent: Option<Adjacent>,
    either: Option<Either>,
    flat: Option<Flat>,
    id: Option<Id>,
    ips: Option<Vec<IpAddr>>,
    socket: Option<SocketAddr>,
    ranges: Option<BTreeMap<String, (u8, f64)>>,
    float: Option<f64>,
    any: Option<serde_json::Value>,
) -> String {
    let _ = (address, shape, adjacent, either, flat, id, ips, socket, ranges, float, any);
    limit.to_string()
}

/// Require all.
#[tool]
fn require(#[arg(min = 1, max = 50)] limit: u32, shape: Shape, when: Either) -> String {
    let _ = (limit, shape, when);
    String::new()
}

/// Ask about a host.
#[prompt]
fn host(address: Ipv4Addr) -> String {
    address.to_string()
}

fn server() -> Server {
    let dynamic = Tool::new(
        "dynamic",
        json!({ "type": "object", "properties": { "a": { "type": "integer", "maximum": 5 }, "b": {
            "type": "object", "properties": { "c": { "type": "string" } }, "required": ["c"]
        } }, "required": ["a"] }),
        async |_: Context, arguments: Arguments| {
            #[derive(Deserialize)]
            struct Input {
                a: u8,
                #[serde(default)]
                b: BTreeMap<String, String>,
            }
            let Input { a, b } = arguments.parse()?;
            Ok::<_, ToolError>(format!("{a} {b:?} {}", arguments.to_value()))
        },
    );
    let dynamic = dynamic.description("Do it.");
    Server::new("faults", "1").with::<(take, require, host)>().tool(dynamic)
}

/// Checks the message of a refusal, which has a line for each fault.
async fn refuses(tool: &str, arguments: &str, lines: &[&str]) -> Outcome {
    for client in clients(server).await? {
        let arguments = RawValue::from_string(arguments.to_owned()).unwrap();
        let result = client.call(tool, arguments).await?;
        let lines: Vec<_> = lines.iter().map(|line| format!("- {line}")).collect();
        let expected = format!("The arguments of `{tool}` do not fit:\n{}", lines.join("\n"));
        assert_failed(&result, "");
        assert_eq!(result.content[0].as_text(), Some(expected.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn all_faults_inside_of_an_argument_are_told() -> Outcome {
    refuses(
        "take",
        r#"{"address":{"city":{"zip":"x","name":5}},"limit":"ten","id":"x"}"#,
        &[
            "`address.city.zip`: expected an integer from 0 to 4294967295, got \"x\"",
            "`address.city.name`: expected a string, got 5",
            "`address.street`: missing; expected a string",
            "`limit`: expected an integer from 1 to 50, got \"ten\"",
            "`id`: expected a non-negative integer, got \"x\"",
        ],
    )
    .await?;
    refuses(
        "take",
        r#"{"address":{"city":{}}}"#,
        &[
            "`address.city.zip`: missing; expected an integer from 0 to 4294967295",
            "`address.street`: missing; expected a string",
        ],
    )
    .await?;
    refuses("take", r#"{"address":"x"}"#, &["`address`: expected an object, got \"x\""]).await?;
    refuses(
        "take",
        r#"{"limit":51,"ranges":{"a":[1,2,3],"b":[256,"x"]}}"#,
        &[
            "`limit`: expected at most 50, got 51",
            "`ranges.a`: expected an array of 2 items, got [1,2,3]",
            "`ranges.b[0]`: expected an integer from 0 to 255, got 256",
            "`ranges.b[1]`: expected a number, got \"x\"",
        ],
    )
    .await
}

#[tokio::test]
async fn a_missing_argument_is_described_with_its_range() -> Outcome {
    refuses(
        "require",
        "{}",
        &[
            "`limit`: missing; expected an integer from 1 to 50",
            "`shape`: missing; expected an object with `kind` and `radius` or an object with `at`, \
             `kind` and `side`",
            "`when`: missing; expected an integer or an object with `zip`",
        ],
    )
    .await
}

#[tokio::test]
async fn tagged_untagged_and_flattened_types_are_explained() -> Outcome {
    refuses(
        "take",
        r#"{"shape":{"kind":"circle","radius":{"r":1}}}"#,
        &["`shape.radius`: expected a number, got {\"r\":1}"],
    )
    .await?;
    refuses(
        "take",
        r#"{"shape":{"kind":"square","at":{"zip":-1}}}"#,
        &[
            "`shape.at.zip`: expected an integer from 0 to 4294967295, got -1",
            "`shape.side`: missing; expected a number",
        ],
    )
    .await?;
    refuses(
        "take",
        r#"{"shape":{"kind":"sqare"},"adjacent":{"t":"Number","c":"x"},"either":true}"#,
        &[
            "`shape.kind`: expected `circle` or `square`, got \"sqare\"; did you mean `square`?",
            "`adjacent.c`: expected an integer from 0 to 255, got \"x\"",
            "`either`: expected an integer or an object with `zip`, got true",
        ],
    )
    .await?;
    refuses(
        "take",
        r#"{"either":{"zip":"x"}}"#,
        &["`either.zip`: expected an integer from 0 to 4294967295, got \"x\""],
    )
    .await?;
    refuses(
        "take",
        r#"{"flat":{"id":"x","zip":"y","kind":"circle","radius":"z"}}"#,
        &[
            "`flat.id`: expected a non-negative integer, got \"x\"",
            "`flat.zip`: expected an integer from 0 to 4294967295, got \"y\"",
            "`flat.radius`: expected a number, got \"z\"",
        ],
    )
    .await
}

#[tokio::test]
async fn values_with_a_form_of_their_own_name_it() -> Outcome {
    refuses(
        "take",
        r#"{"id":{"a":1},"ips":["::1","localhost"],"socket":"x"}"#,
        &[
            "`id`: expected a non-negative integer, got {\"a\":1}",
            "`ips[1]`: expected an IP address, got \"localhost\"",
            "`socket`: invalid socket address syntax; expected a socket address, got \"x\"",
        ],
    )
    .await?;
    for client in clients(server).await? {
        let params = json!({ "name": "host", "arguments": { "address": "localhost" } });
        let refused = ask(&client, "prompts/get", params).await;
        let told =
            "`address`: invalid IPv4 address syntax; expected an IPv4 address, got \"localhost\"";
        assert_refused(&refused, ErrorCode::INVALID_PARAMS, told);
    }
    Ok(())
}

#[tokio::test]
async fn a_number_beyond_all_types_is_an_argument_error() -> Outcome {
    let range = "within the range of a 64-bit float, got";
    refuses(
        "take",
        r#"{"limit":1e400}"#,
        &["`limit`: expected an integer from 1 to 50, got 1e400"],
    )
    .await?;
    refuses(
        "take",
        r#"{"float":-1e999,"any":{"a":[1,1e400]}}"#,
        &[
            &format!("`float`: expected a number {range} -1e999"),
            &format!("`any.a[1]`: expected a number {range} 1e400"),
        ],
    )
    .await?;
    let long = "9".repeat(400);
    refuses(
        "take",
        &format!(r#"{{"any":{long}}}"#),
        &[&format!("`any`: expected a number {range} {}…", &long[..80])],
    )
    .await?;
    refuses(
        "dynamic",
        r#"{"a":1,"b":{"x":1e400}}"#,
        &[&format!("`b.x`: expected a number {range} 1e400")],
    )
    .await
}

#[tokio::test]
async fn dynamic_tools_explain_arguments_by_their_schema() -> Outcome {
    // A validator refuses what the schema refuses, so that only the type is left.
    let arguments = r#"{"a":-1,"b":{"c":"x","d":5}}"#;
    refuses("dynamic", arguments, &["`a`: expected an integer from 0 to 255, got -1"]).await?;
    if cfg!(feature = "validate") {
        return Ok(());
    }
    refuses(
        "dynamic",
        r#"{"a":"x","b":{"c":5}}"#,
        &["`a`: expected an integer of at most 5, got \"x\"", "`b.c`: expected a string, got 5"],
    )
    .await
}

//! Defaults of arguments that are strings, and output schemas of composed results.

use mcp_runtime::prelude::*;
use mcp_runtime::testing::assert_json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::kit::{Outcome, ask, clients, is_modern};

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tone {
    #[default]
    Plain,
    Warm,
}

const ROUNDS: u8 = 3;

/// Ask for a letter.
#[prompt]
fn letter(
    to: &str,
    #[arg(default = "en")] language: String,
    #[arg(default)] tone: Tone,
    #[arg(default = ROUNDS, description = "How often")] rounds: u8,
    #[arg(default = std::net::Ipv4Addr::LOCALHOST.into())] host: std::net::IpAddr,
    note: Option<&str>,
) -> String {
    format!("{to} {language} {tone:?} {rounds} {host} {note:?}")
}

/// A page of notes.
#[resource("notes://{topic}{?page,tags*}")]
fn notes(
    topic: String,
    #[arg(default = 1)] page: u32,
    #[arg(default = vec!["all".to_owned()])] tags: Vec<String>,
) -> String {
    format!("{topic} {page} {tags:?}")
}

fn library() -> Server {
    Server::new("s", "1").with::<(letter, notes)>()
}

#[tokio::test]
async fn an_absent_argument_of_a_prompt_has_its_default() -> Outcome {
    for client in clients(library).await? {
        let listed = ask(&client, "prompts/list", ()).await?;
        assert_json(
            &listed["prompts"][0]["arguments"],
            &json!([
                { "name": "to", "required": true },
                { "name": "language", "required": false },
                { "name": "tone", "required": false },
                { "name": "rounds", "description": "How often", "required": false },
                { "name": "host", "required": false },
                { "name": "note", "required": false },
            ]),
        );
        for (arguments, expected) in [
            (json!({ "to": "Ada" }), "Ada en Plain 3 127.0.0.1 None"),
            // Hosts send an empty string for a field that is left empty.
            (
                json!({ "to": "Ada", "language": "", "tone": "", "rounds": "", "host": "" }),
                "Ada en Plain 3 127.0.0.1 None",
            ),
            (
                json!({
                    "to": "", "language": "fr", "tone": "warm", "rounds": "5", "host": "::1",
                    "note": "x",
                }),
                " fr Warm 5 ::1 Some(\"x\")",
            ),
        ] {
            let params = json!({ "name": "letter", "arguments": arguments });
            let got = ask(&client, "prompts/get", params).await?;
            assert_json(&got["messages"][0]["content"]["text"], &json!(expected));
        }
        let params = json!({ "name": "letter", "arguments": { "to": "Ada", "rounds": "x" } });
        let error = ask(&client, "prompts/get", params).await.unwrap_err().to_string();
        assert!(error.contains("rounds"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn an_absent_variable_has_its_default() -> Outcome {
    for client in clients(library).await? {
        for (uri, expected) in [
            ("notes://a", "a 1 [\"all\"]"),
            ("notes://a?page=2", "a 2 [\"all\"]"),
            ("notes://a?tags=x&tags=y", "a 1 [\"x\", \"y\"]"),
        ] {
            let read = ask(&client, "resources/read", json!({ "uri": uri })).await?;
            assert_json(&read["contents"][0]["text"], &json!(expected));
        }
    }
    Ok(())
}

#[derive(Serialize, JsonSchema)]
struct Forecast {
    high: f64,
}

/// Forecast of a city.
#[tool(output_schema = Forecast)]
fn forecast(city: String) -> Result<CallToolResult, ToolError> {
    let result = CallToolResult::structured(&Forecast { high: 21.5 })?;
    Ok(result.content(Content::text(city)))
}

/// Forecasts of a city.
#[tool(output_schema = Vec<Forecast>)]
async fn forecasts() -> CallToolResult {
    CallToolResult::structured(&[Forecast { high: 21.5 }]).unwrap()
}

/// A forecast, if there is one.
#[tool(output_schema = Option<Forecast>)]
async fn perhaps() -> CallToolResult {
    CallToolResult::structured(&Forecast { high: 21.5 }).unwrap()
}

/// Any value.
#[tool(output_schema = Forecast)]
async fn value() -> serde_json::Value {
    json!({ "high": 21.5 })
}

struct Weather;

#[server]
impl Weather {
    /// Forecast of a city.
    #[tool(output_schema = Forecast)]
    fn forecast(&self) -> CallToolResult {
        CallToolResult::structured(&Forecast { high: 21.5 }).unwrap()
    }
}

#[tokio::test]
async fn a_composed_result_may_have_an_output_schema() -> Outcome {
    let tools = || Server::new("s", "1").with::<(forecast, forecasts, perhaps, value)>();
    let object = json!({
        "type": "object", "properties": { "high": { "type": "number" } }, "required": ["high"],
    });
    for client in clients(tools).await? {
        let list = ask(&client, "tools/list", ()).await?;
        let schema = |index: usize| &list["tools"][index]["outputSchema"];
        assert_json(schema(0), &object);
        assert_json(schema(3), &object);
        for (index, name, inner) in
            [(1, "forecasts", json!([{ "high": 21.5 }])), (2, "perhaps", json!({ "high": 21.5 }))]
        {
            let result = ask(&client, "tools/call", json!({ "name": name })).await?;
            let (is_wrapped, structured) =
                (schema(index)["required"] == json!(["result"]), &result["structuredContent"]);
            assert_eq!(is_wrapped, !is_modern(&client), "{}", schema(index));
            let sent = if is_wrapped { &structured["result"] } else { structured };
            assert_json(sent, &inner);
        }
        let result = ask(&client, "tools/call", json!({ "name": "value" })).await?;
        assert_json(&result["structuredContent"], &json!({ "high": 21.5 }));
        let params = json!({ "name": "forecast", "arguments": { "city": "Rome" } });
        let result = ask(&client, "tools/call", params).await?;
        assert_json(&result["structuredContent"], &json!({ "high": 21.5 }));
        assert_json(&result["content"][1]["text"], &json!("Rome"));
    }
    for client in clients(|| Weather.into_server()).await? {
        let list = ask(&client, "tools/list", ()).await?;
        assert_json(&list["tools"][0]["outputSchema"], &object);
    }
    Ok(())
}

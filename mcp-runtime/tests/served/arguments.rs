//! Arguments of calls, and the errors for invalid ones.

use std::borrow::Cow;

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_text};
use serde_json::value::RawValue;

use crate::kit::{Outcome, clients};

/// Take arguments of every kind.
#[tool]
fn take(a: i64, #[arg(default = 1, min = 1)] b: u32, c: Option<&str>) -> String {
    format!("{a} {b} {c:?}")
}

/// Take what is not known as well.
#[tool(open)]
fn open(a: i64, #[arg(default = 1, min = 1)] b: u32, c: Option<&str>) -> String {
    take(a, b, c)
}

/// Take text that borrows.
#[tool]
fn borrow(a: &str, b: Cow<'_, str>) -> String {
    format!("{a} {b}")
}

fn server() -> Server {
    Server::new("arguments", "1").with::<(take, open, borrow)>()
}

/// Calls a tool with arguments as JSON text.
async fn call(
    client: &TestClient,
    tool: &str,
    arguments: &str,
) -> Result<CallToolResult, mcp_runtime::client::Error> {
    client.call(tool, RawValue::from_string(arguments.to_owned()).unwrap()).await
}

async fn takes(tool: &str, arguments: &str, expected: &str) -> Outcome {
    for client in clients(server).await? {
        assert_text(&call(&client, tool, arguments).await?, expected);
    }
    Ok(())
}

/// Checks the message of a refusal, which has a line for each argument error.
async fn refuses(tool: &str, arguments: &str, lines: &[&str]) -> Outcome {
    for client in clients(server).await? {
        let result = call(&client, tool, arguments).await?;
        let expected = format!("The arguments of `{tool}` do not fit:\n{}", lines.join("\n"));
        assert_failed(&result, &expected);
        assert_eq!(result.content[0].as_text(), Some(expected.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn arguments_reach_their_parameters_in_any_order() -> Outcome {
    takes("take", r#"{"a":1,"b":2,"c":"x"}"#, "1 2 Some(\"x\")").await?;
    takes("take", r#"{ "c" : "x\n" , "b" : 2 , "a" : 1 }"#, "1 2 Some(\"x\\n\")").await?;
    takes("take", r#"{"\u0061":-7}"#, "-7 1 None").await?;
    takes("take", r#"{"a":"1","b":2.0,"c":null}"#, "1 2 None").await
}

#[tokio::test]
async fn null_stands_for_an_absent_argument() -> Outcome {
    takes("take", r#"{"a":1,"b":null}"#, "1 1 None").await?;
    refuses("take", r#"{"a":null}"#, &["- `a`: expected an integer, got null"]).await
}

#[tokio::test]
async fn every_fault_is_told() -> Outcome {
    refuses(
        "take",
        r#"{"b":0,"a":1,"C":"x","b":5,"other":{}}"#,
        &[
            "- `C`: unknown argument; did you mean `c`?",
            "- `b`: given twice",
            "- `other`: unknown argument; the arguments are `a`, `b`, `c`",
            "- `b`: expected at least 1, got 0",
        ],
    )
    .await?;
    refuses("take", "{}", &["- `a`: missing; expected an integer"]).await?;
    refuses(
        "take",
        r#"{"a":[1,2],"c":5}"#,
        &["- `a`: expected an integer, got [1,2]", "- `c`: expected a string, got 5"],
    )
    .await
}

#[tokio::test]
async fn an_open_tool_ignores_what_it_does_not_know() -> Outcome {
    takes("open", r#"{"a":1,"d":{"e":[]}}"#, "1 1 None").await?;
    refuses("open", r#"{"a":1,"a":1}"#, &["- `a`: given twice"]).await
}

#[tokio::test]
async fn text_borrows_from_the_request_or_its_slot() -> Outcome {
    takes("borrow", r#"{"a":"plain","b":"\u0041"}"#, "plain A").await
}

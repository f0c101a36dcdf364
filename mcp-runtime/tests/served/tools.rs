//! Definitions of tools in lists.

use mcp_runtime::prelude::*;
use mcp_runtime::testing::assert_json;
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients, is_modern};

/// Do it.
#[tool(title = "Add", read_only)]
fn add(
    /// First
    #[arg(examples(1, 2))]
    a: Option<u8>,
) {
    let _ = a;
}

const BY_HAND: &str =
    r#"{"type":"object","x":1,"a":{},"properties":{"z":{},"a":{"format":"uint8"}}}"#;

/// Do it by hand.
#[tool(
    input_schema = r#"{"type":"object","x":1,"a":{},"properties":{"z":{},"a":{"format":"uint8"}}}"#
)]
fn by_hand() {}

fn server() -> Server {
    let dynamic = Tool::new("dynamic", BY_HAND, async |_, _| json!({}));
    let schema = Schema::from_value(&Value::Bool(true)).unwrap();
    let anything = Tool::new("anything", BY_HAND, async |_, _| json!(1)).output_schema(schema);
    Server::new("tools", "1").with::<(add, by_hand)>().tool(dynamic).tool(anything)
}

#[tokio::test]
async fn a_tool_is_advertised_as_it_was_described() -> Outcome {
    for client in clients(server).await? {
        let listed = ask(&client, "tools/list", ()).await?;
        let first = json!({
            "type": "integer", "minimum": 0, "maximum": 255,
            "description": "First", "examples": [1, 2],
        });
        let expected = json!({
            "name": "add",
            "title": "Add",
            "description": "Do it.",
            "inputSchema": {
                "type": "object",
                "properties": { "a": first },
                "additionalProperties": false,
            },
            "annotations": { "readOnlyHint": true },
        });
        assert_json(&listed["tools"][0], &expected);
    }
    Ok(())
}

#[tokio::test]
async fn schemas_written_by_hand_are_kept_as_written() -> Outcome {
    for client in clients(server).await? {
        let tools = client.tools().all().await?;
        for tool in &tools[1..] {
            assert_eq!(tool.input_schema.as_str(), BY_HAND, "{}", tool.name);
        }
        assert_eq!(tools[2].output_schema, None);
        let output = tools[3].output_schema.as_ref().unwrap().as_str();
        let output: Value = serde_json::from_str(output).unwrap();
        // Legacy revisions require an object, so schema and value are wrapped.
        let result = client.call("anything", ()).await?;
        let structured = json!(result.structured_content);
        if is_modern(&client) {
            assert_eq!((output, structured), (json!(true), json!(1)));
        } else {
            assert_eq!(
                (&output["properties"]["result"], structured),
                (&json!(true), json!({ "result": 1 }))
            );
        }
    }
    Ok(())
}

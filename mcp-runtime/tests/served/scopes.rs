//! Scopes that components require, without HTTP.

use mcp_runtime::prelude::*;
use mcp_runtime::testing::TestClient;
use mcp_runtime::tool::{Arguments, Tool};
use serde_json::json;

use crate::kit::{Outcome, clients, clients_with};

/// Delete a file.
#[tool(scopes("files:write"))]
async fn delete(name: String) -> String {
    name
}

fn server() -> Server {
    Server::new("files", "1").with::<delete>()
}

async fn of(
    scopes: &'static [&'static str],
) -> Result<Vec<TestClient>, mcp_runtime::client::Error> {
    let principal = Principal::new("ann").scoped(scopes.iter().copied());
    clients_with(server, move |builder| builder.principal(principal.clone())).await
}

#[tokio::test]
async fn the_user_of_this_machine_needs_no_scope() -> Outcome {
    for client in clients(server).await? {
        assert_eq!(client.tools().all().await?.len(), 1);
        let deleted = client.call("delete", json!({ "name": "a" })).await?;
        assert!(!deleted.is_error, "{deleted:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_principal_needs_the_scopes() -> Outcome {
    for client in of(&["files:write"]).await? {
        assert_eq!(client.tools().all().await?.len(), 1);
        client.call("delete", json!({ "name": "a" })).await?;
    }
    for client in of(&["files:read"]).await? {
        assert!(client.tools().all().await?.is_empty());
        let refused = client.call("delete", json!({ "name": "a" })).await.unwrap_err();
        assert!(refused.to_string().contains("requires files:write"), "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_that_is_added_later_has_scopes_too() -> Outcome {
    let principal = Principal::new("ann");
    let mut server = Server::new("files", "1");
    let handle = server.handle();
    let client = TestClient::of(server).principal(principal).connect().await?;
    let schema = r#"{"type":"object"}"#;
    let open = Tool::new("open", schema, async |_: Context, _: Arguments| Ok::<_, ToolError>("a"));
    let closed =
        Tool::new("closed", schema, async |_: Context, _: Arguments| Ok::<_, ToolError>("b"));
    handle.add_tool(open).unwrap();
    handle.add_tool(closed.scopes(["files:write"])).unwrap();
    let tools = client.tools().all().await?;
    assert_eq!(tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(), ["open"]);
    assert!(client.call("closed", ()).await.is_err());
    client.call("open", ()).await?;
    Ok(())
}

#[test]
fn a_scope_has_the_form_of_one() {
    let schema = r#"{"type":"object"}"#;
    let tool = Tool::new("t", schema, async |_: Context, _: Arguments| Ok::<_, ToolError>("a"));
    let error = Server::new("files", "1").tool(tool.scopes(["a b"])).into_service().unwrap_err();
    assert!(error.to_string().contains("its scope `a b` is none"), "{error}");
}

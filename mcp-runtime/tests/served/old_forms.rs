//! Questions in the form of the client's revision.

use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use mcp_runtime::revision::Revision;
use mcp_runtime::testing::{TestClient, assert_failed, assert_json, assert_text};
use serde_json::{Value, json};

use crate::kit::Outcome;

#[derive(Elicit, Debug, PartialEq)]
enum Size {
    #[elicit(title = "Small")]
    S,
    #[elicit(title = "Large")]
    L,
}

#[derive(Elicit, Debug)]
#[expect(dead_code, reason = "shown by its `Debug`")]
struct Order {
    /// Which size
    size: Size,
    /// How many
    #[elicit(default = 2)]
    count: u32,
    /// As a gift
    #[elicit(default = true)]
    gift: bool,
}

#[derive(Elicit, Debug)]
#[expect(dead_code, reason = "shown by its `Debug`")]
struct Several {
    /// Which sizes
    sizes: Vec<Size>,
}

/// Order something.
#[tool]
async fn order(cx: &Context) -> Result<String, AskError> {
    Ok(format!("{:?}", cx.elicit::<Order>("What?").await?.accepted()))
}

/// Order several sizes.
#[tool]
async fn order_several(cx: &Context) -> Result<String, AskError> {
    Ok(format!("{:?}", cx.elicit::<Several>("Which?").await?.accepted()))
}

/// Report the completion of a URL elicitation.
#[tool]
async fn paid(cx: &Context) -> bool {
    cx.url_completion("payment").complete()
}

async fn client(revision: Revision) -> Result<TestClient, mcp_runtime::client::Error> {
    let server = Server::new("shop", "1.0").with::<(order, order_several, paid)>();
    let client = TestClient::of(server).revision(revision);
    let client = client.answers("What?", json!({ "size": "L" }));
    client.answers("Which?", json!({ "sizes": ["S", "L"] })).connect().await
}

fn old() -> Revision {
    Revision::parse("2025-06-18").unwrap()
}

#[tokio::test]
async fn choices_have_the_titles_of_their_revision() -> Outcome {
    let newer = json!([
        { "type": "string", "description": "Which size",
          "oneOf": [{ "const": "S", "title": "Small" }, { "const": "L", "title": "Large" }] },
        { "type": "integer", "description": "How many", "default": 2, "minimum": 0,
          "maximum": 4_294_967_295_u32 },
        { "type": "boolean", "description": "As a gift", "default": true },
    ]);
    let older = json!([
        { "type": "string", "description": "Which size", "enum": ["S", "L"],
          "enumNames": ["Small", "Large"] },
        { "type": "integer", "description": "How many", "minimum": 0, "maximum": 4_294_967_295_u32 },
        { "type": "boolean", "description": "As a gift", "default": true },
    ]);
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let client = client(Revision::parse(revision).unwrap()).await?;
        let result = client.call("order", ()).await?;
        assert_text(&result, "Some(Order { size: L, count: 2, gift: true })");
        let schema = &client.asked()[0].params["requestedSchema"];
        let fields = &schema["properties"];
        let fields = json!([fields["size"], fields["count"], fields["gift"]]);
        let expected = if revision == "2025-06-18" { &older } else { &newer };
        assert_json(&fields, expected);
        assert_eq!(schema["required"], json!(["size"]), "{revision}");
    }
    Ok(())
}

#[tokio::test]
async fn a_choice_of_several_values_is_not_sent_where_it_does_not_exist() -> Outcome {
    let client = client(old()).await?;
    let result = client.call("order_several", ()).await?;
    assert_failed(&result, "2025-06-18");
    assert_failed(&result, "`sizes`");
    assert!(client.asked().is_empty());
    for revision in ["2025-11-25", "2026-07-28"] {
        let client = self::client(Revision::parse(revision).unwrap()).await?;
        let result = client.call("order_several", ()).await?;
        assert_text(&result, "Some(Several { sizes: [S, L] })");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_without_url_elicitation_hears_of_no_completion() -> Outcome {
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let revision = Revision::parse(revision).unwrap();
        let capable = client(revision).await?.call("paid", ()).await?;
        let has_urls = revision.as_str() == "2025-11-25";
        let sent = |result: &CallToolResult| result.to_text() == "true";
        assert_eq!(sent(&capable), has_urls, "{revision}");
        let server = Server::new("shop", "1.0").with::<paid>();
        let incapable = TestClient::of(server).revision(revision).incapable().connect().await?;
        let result: Value = incapable.request("tools/call", json!({ "name": "paid" })).await?;
        assert_eq!(result["content"][0]["text"], "false", "{revision}");
    }
    Ok(())
}

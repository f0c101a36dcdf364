//! Variables that have any number of values.

use std::net::IpAddr;

use mcp_runtime::prelude::*;
use mcp_runtime::uri::UriTemplate;
use mcp_runtime::{Json, McpService, Variables};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::Draft;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Nut,
    Bolt,
}

/// Articles by what they are.
#[resource("shop://articles{?kind*,size*,limit}")]
async fn articles(
    #[arg(rename = "kind")] kinds: Vec<Kind>,
    limit: Option<u8>,
    size: Vec<u16>,
) -> String {
    format!("{kinds:?} {size:?} {limit:?}")
}

/// A file by the parts of its path.
#[resource("tree://root{/path*}", list = roots)]
async fn file(path: Vec<&str>) -> Json<Vec<String>> {
    Json(path.into_iter().map(str::to_owned).collect())
}

fn roots() -> Vec<ResourceLink> {
    vec![ResourceLink::new("tree://root/a/b", "b")]
}

/// Hosts.
#[resource("hosts://{at*}", mime_type = "text/plain")]
async fn hosts(at: Vec<IpAddr>) -> String {
    format!("{at:?}")
}

fn service() -> McpService {
    let labels =
        Resource::new("labels://x{.label*}", "labels", async |_: Context, found: Variables| {
            Json(found.all("label").map(str::to_owned).collect::<Vec<_>>())
        });
    let server = Server::new("lists", "1").with::<(articles, file, hosts)>().resource(labels);
    server.into_service().unwrap()
}

async fn read(uri: &str) -> Value {
    let draft = Draft::modern("resources/read", json!({ "uri": uri }));
    draft.send(&service()).await.json()
}

async fn check(uri: &str, expected: &str) {
    let answer = read(uri).await;
    assert_eq!(answer["result"]["contents"][0]["text"], expected, "{uri} {answer}");
}

#[tokio::test]
async fn every_value_is_read() {
    check("shop://articles", "[] [] None").await;
    check("shop://articles?kind=bolt&kind=nut", "[Bolt, Nut] [] None").await;
    check("shop://articles?size=5&limit=3&kind=nut&size=6", "[Nut] [5, 6] Some(3)").await;
    check("tree://root", "[]").await;
    check("tree://root/a/b%20c/%2E%2Ed", r#"["a","b c","..d"]"#).await;
    check("hosts://::1,127.0.0.1", "[::1, 127.0.0.1]").await;
    check("labels://x.a.b", r#"["a","b"]"#).await;
    check("labels://x", "[]").await;
}

#[tokio::test]
async fn values_that_do_not_fit_are_named_by_their_place() {
    let answer = read("shop://articles?kind=nut&kind=saw&size=x").await;
    assert_eq!(answer["error"]["code"], -32602);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("- `kind[1]`: "), "{message}");
    assert!(message.contains("- `size[0]`: expected an integer from 0 to 65535"), "{message}");
    let message = read("hosts://127.0.0.1,here").await["error"]["message"].to_string();
    assert!(message.contains("- `at[1]`: invalid IP address syntax"), "{message}");
}

#[tokio::test]
async fn what_is_no_list_has_one_value_and_nothing_leads_out() {
    for uri in [
        "shop://articles?limit=1&limit=2",
        "shop://articles?color=red",
        "tree://root/a//b",
        "tree://root/a/../b",
        "tree://root/a%2F..%2Fb",
        "hosts://",
    ] {
        let answer = read(uri).await;
        assert_eq!(answer["error"]["data"], json!({ "uri": uri }), "{answer}");
    }
}

#[tokio::test]
async fn values_of_lists_are_completed_one_by_one() {
    let complete = json!({
        "ref": { "type": "ref/resource", "uri": "shop://articles{?kind*,size*,limit}" },
        "argument": { "name": "kind", "value": "b" },
    });
    let answer = Draft::modern("completion/complete", complete).send(&service()).await.json();
    assert_eq!(answer["result"]["completion"]["values"], json!(["bolt"]));
}

#[tokio::test]
async fn a_list_expands_to_what_is_read() {
    let template = UriTemplate::parse("shop://articles{?kind*,size*,limit}").unwrap();
    let uri = template.expand([("size", "5"), ("kind", "nut"), ("size", "6")]);
    assert_eq!(uri, "shop://articles?kind=nut&size=5&size=6");
    check(&uri, "[Nut] [5, 6] None").await;
}

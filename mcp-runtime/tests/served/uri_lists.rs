//! Variables with a list of values.

use std::net::IpAddr;

use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CompletionReference;
use mcp_runtime::resource::{Json, Variables};
use mcp_runtime::testing::assert_refused;
use mcp_runtime::uri::UriTemplate;
use serde::Deserialize;
use serde_json::json;

use crate::kit::{NOTHING, Outcome, clients, data, not_found};

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

const ARTICLES: &str = "shop://articles{?kind*,size*,limit}";

fn server() -> Server {
    let labels =
        Resource::new("labels://x{.label*}", "labels", async |_: Context, found: Variables| {
            Json(found.all("label").map(str::to_owned).collect::<Vec<_>>())
        });
    Server::new("lists", "1").with::<(articles, file, hosts)>().resource(labels)
}

async fn check(uri: &str, expected: &str) -> Outcome {
    for client in clients(server).await? {
        let read = client.read(uri).await?;
        assert_eq!(read.contents[0].as_text(), Some(expected), "{uri} {read:?}");
    }
    Ok(())
}

#[tokio::test]
async fn every_value_is_read() -> Outcome {
    check("shop://articles", "[] [] None").await?;
    check("shop://articles?kind=bolt&kind=nut", "[Bolt, Nut] [] None").await?;
    check("shop://articles?size=5&limit=3&kind=nut&size=6", "[Nut] [5, 6] Some(3)").await?;
    check("tree://root", "[]").await?;
    check("tree://root/a/b%20c/%2E%2Ed", r#"["a","b c","..d"]"#).await?;
    check("hosts://::1,127.0.0.1", "[::1, 127.0.0.1]").await?;
    check("labels://x.a.b", r#"["a","b"]"#).await?;
    check("labels://x", "[]").await
}

#[tokio::test]
async fn values_that_do_not_fit_are_named_by_their_place() -> Outcome {
    for client in clients(server).await? {
        let outcome = client.read("shop://articles?kind=nut&kind=saw&size=x").await;
        for part in ["- `kind[1]`: ", "- `size[0]`: expected an integer from 0 to 65535"] {
            assert_refused(&outcome, ErrorCode::INVALID_PARAMS, part);
        }
        let outcome = client.read("hosts://127.0.0.1,here").await;
        let part = "- `at[1]`: invalid IP address syntax";
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, part);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_list_has_one_value_and_nothing_leads_out() -> Outcome {
    for client in clients(server).await? {
        for uri in [
            "shop://articles?limit=1&limit=2",
            "shop://articles?color=red",
            "tree://root/a//b",
            "tree://root/a/../b",
            "tree://root/a%2F..%2Fb",
            "hosts://",
        ] {
            let outcome = client.read(uri).await;
            assert_refused(&outcome, not_found(&client), uri);
            assert_eq!(data(outcome), json!({ "uri": uri }));
        }
    }
    Ok(())
}

#[tokio::test]
async fn values_of_lists_are_completed_one_by_one() -> Outcome {
    for client in clients(server).await? {
        let articles = CompletionReference::resource(ARTICLES);
        let completion = client.complete(articles, "kind", "b", NOTHING).await?;
        assert_eq!(completion.values, ["bolt"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_list_expands_to_what_is_read() -> Outcome {
    let template = UriTemplate::parse(ARTICLES).unwrap();
    let uri = template.expand([("size", "5"), ("kind", "nut"), ("size", "6")]);
    assert_eq!(uri, "shop://articles?kind=nut&size=5&size=6");
    check(&uri, "[Nut] [5, 6] None").await
}

//! Web pages of other origins.

use mcp_runtime::http::HttpConfig;
use serde_json::json;

use crate::client::{Answer, Draft};
use crate::site::mounted_with;

const PAGE: &str = "https://app.example.com";

fn shared() -> HttpConfig {
    HttpConfig::local().allowed_origins([PAGE]).cors()
}

fn preflight(origin: &str) -> Draft {
    Draft::new("OPTIONS")
        .with("origin", origin)
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "content-type,mcp-method,mcp-param-region")
}

fn check(answer: &Answer, name: &str, expected: &str) {
    assert_eq!(answer.header(name), expected, "{name} {answer:?}");
}

#[tokio::test]
async fn preflights_of_allowed_origins_are_answered() {
    let site = mounted_with(shared());
    for origin in [PAGE, "http://localhost:5173"] {
        let answer = preflight(origin).send(&site.service).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, ""), "{answer:?}");
        check(&answer, "access-control-allow-origin", origin);
        check(&answer, "access-control-allow-methods", "POST,GET,DELETE");
        let allowed = "content-type,mcp-method,mcp-param-region";
        check(&answer, "access-control-allow-headers", allowed);
        check(&answer, "access-control-max-age", "7200");
        check(&answer, "access-control-allow-private-network", "");
        check(&answer, "access-control-allow-credentials", "");
    }
    let private = preflight(PAGE).with("access-control-request-private-network", "true");
    let answer = private.send(&site.service).await;
    check(&answer, "access-control-allow-private-network", "true");
}

#[tokio::test]
async fn responses_of_both_eras_reach_the_page() {
    let site = mounted_with(shared());
    let modern = Draft::modern("tools/list", json!({}));
    let initialize = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "page", "version": "1"},
        },
    });
    let handshake = Draft::post(initialize.to_string());
    let refused = Draft::post("not JSON").with("content-type", "text/plain");
    for (draft, status) in [(modern, 200), (handshake, 200), (refused, 415)] {
        let answer = draft.with("origin", PAGE).send(&site.service).await;
        assert_eq!(answer.status, status, "{answer:?}");
        check(&answer, "access-control-allow-origin", PAGE);
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.split(',').any(|name| name == "mcp-session-id"), "{exposed}");
        assert!(answer.header("vary").contains("origin"), "{answer:?}");
    }
}

#[tokio::test]
async fn others_get_no_headers() {
    let site = mounted_with(shared());
    let stranger = preflight("https://evil.example").send(&site.service).await;
    assert_eq!(stranger.status, 403);
    check(&stranger, "access-control-allow-origin", "");
    let no_page = Draft::modern("tools/list", json!({})).send(&site.service).await;
    check(&no_page, "access-control-allow-origin", "");
    let off = mounted_with(HttpConfig::local().allowed_origins([PAGE]));
    let answer = preflight(PAGE).send(&off.service).await;
    assert_eq!(answer.status, 405);
    check(&answer, "access-control-allow-origin", "");
}

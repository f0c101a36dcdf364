//! Tokens that the authorization server is asked about.

use std::time::Duration;

use mcp_runtime::authorization::{Auth, Introspection};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::site::{RESOURCE, bearer, now, service};

fn auth(issuer: &Issuer) -> Auth<Introspection> {
    let endpoint = format!("{}/introspect", issuer.url);
    Auth::introspection(&issuer.url, endpoint, "server:1", "s3cret/+").audience(RESOURCE)
}

fn active(issuer: &Issuer) -> Value {
    let mut answer = issuer.claims();
    answer["active"] = json!(true);
    answer
}

#[tokio::test]
async fn an_active_token_is_accepted_and_remembered_for_a_while() {
    let issuer = Issuer::start().await;
    issuer.publish("/introspect", &active(&issuer));
    let site = service(auth(&issuer));
    for _ in 0..3 {
        let who = bearer(&site, "opaque").await.who();
        assert_eq!((&who["subject"], &who["client"]), (&json!("ann"), &json!("app")));
    }
    let requests = issuer.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].1, "token=opaque&token_type_hint=access_token");
    // The parts are encoded before they are joined.
    assert_eq!(requests[0].2, "Basic c2VydmVyJTNBMTpzM2NyZXQlMkYlMkI=");
    let site = service(auth(&issuer).cache_time(Duration::ZERO));
    for _ in 0..3 {
        assert_eq!(bearer(&site, "opaque").await.status, 200);
    }
    assert_eq!(issuer.requests().len(), 4);
    assert!(!format!("{:?}", auth(&issuer)).contains("s3cret"));
}

#[tokio::test]
async fn answers_are_checked() {
    let issuer = Issuer::start().await;
    let without = |name: &str| {
        let mut answer = active(&issuer);
        answer.as_object_mut().unwrap().remove(name);
        answer
    };
    let with = |name: &str, value: Value| {
        let mut answer = active(&issuer);
        answer[name] = value;
        answer
    };
    for (answer, status) in [
        (without("iss"), 200),
        (without("exp"), 200),
        (without("client_id"), 200),
        (json!({ "active": false }), 401),
        (with("active", json!(false)), 401),
        (with("active", json!("true")), 503),
        (without("active"), 503),
        (json!([]), 503),
        (without("aud"), 401),
        (with("aud", json!("https://other.example.com")), 401),
        (with("iss", json!("https://other.example.com")), 401),
        (with("exp", json!(now() - 600)), 401),
        (with("exp", json!("soon")), 401),
        (with("nbf", json!(now() + 600)), 401),
        (with("sub", json!(1)), 401),
    ] {
        issuer.publish("/introspect", &answer);
        let got = bearer(&service(auth(&issuer)), "opaque").await;
        assert_eq!(got.status, status, "{answer}: {got:?}");
    }
    for (status, body) in [(401, "{}"), (404, "{}"), (500, ""), (302, ""), (200, "x"), (200, "")] {
        issuer.respond("/introspect", status, body);
        assert_eq!(bearer(&service(auth(&issuer)), "opaque").await.status, 503, "{status} {body}");
    }
    // Without an audience, a client that is known.
    issuer.publish("/introspect", &without("aud"));
    let weaker = service(auth(&issuer).client_ids(["app"]));
    assert_eq!(bearer(&weaker, "opaque").await.status, 200);
    let weaker = service(auth(&issuer).client_ids(["other"]));
    assert_eq!(bearer(&weaker, "opaque").await.status, 401);
}

//! Layers of tower around the service.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use mcp_runtime::Principal;
use mcp_runtime::http::McpService;
use serde_json::json;
use tower::{Service, ServiceBuilder, ServiceExt as _};

use crate::client::{Draft, LEGACY, open_by, soon};
use crate::site::mounted;

fn who_calls<B>(mut request: Request<B>) -> Request<B> {
    let user = request.headers().get("x-user").and_then(|user| user.to_str().ok());
    if let Some(principal) = user.map(Principal::new) {
        request.extensions_mut().insert(principal);
    }
    request
}

type Body = Full<Bytes>;

async fn send<S>(service: S, draft: &Draft) -> (StatusCode, String)
where
    S: Service<Request<Body>, Response = http::Response<mcp_runtime::http::HttpBody>>,
    S::Error: std::fmt::Debug,
{
    let response = service.oneshot(draft.request()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_header_becomes_the_principal() {
    let service = mounted().service;
    let layered = ServiceBuilder::new().map_request(who_calls).service(service.clone());
    let call = Draft::call("whoami", json!({})).with("user-agent", "test");
    let (_, body) = send(layered.clone(), &call.clone().with("x-user", "ali")).await;
    assert!(body.contains(r#"Some(\"ali\") test"#), "{body}");
    let (_, body) = send(layered.clone(), &call).await;
    assert!(body.contains("None test"), "{body}");

    // Sessions belong to who has opened them.
    let session = open_by(&service, LEGACY, Principal::new("ali")).await;
    let ping = Draft::in_session(&session, 1, "ping", json!({}));
    let (status, _) = send(layered.clone(), &ping.clone().with("x-user", "ali")).await;
    assert_eq!(status, 200);
    let (status, _) = send(layered, &ping.with("x-user", "eve")).await;
    assert_eq!(status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_cancels_a_request() {
    let site = mounted();
    let limited = |service: McpService| {
        ServiceBuilder::new().timeout(Duration::from_secs(30)).service(service)
    };
    let park = |say: bool| Draft::call("park", json!({ "say": say }));
    let response = limited(site.service.clone()).oneshot(park(false).request()).await;
    assert!(response.is_err_and(|error| error.is::<tower::timeout::error::Elapsed>()));
    soon(site.signals.dropped.notified()).await;

    // Its time is up to the head of the response, which progress brings at once.
    let message = park(true).instead(r#""_meta":{"#, r#""_meta":{"progressToken":1,"#);
    let response = limited(site.service.clone()).oneshot(message.request()).await.unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    site.signals.go.notify_one();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("went on"), "{body:?}");
}

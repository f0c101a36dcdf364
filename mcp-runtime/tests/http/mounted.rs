//! A server within a router of axum.

use axum::Router;
use http_body_util::BodyExt as _;
use serde_json::json;
use tower_service::Service as _;

use crate::client::Draft;
use crate::site::mounted;

#[tokio::test]
async fn a_router_says_where_the_endpoint_is() {
    let service = mounted().service;
    let mut router: Router =
        Router::new().route_service("/mcp", service.clone()).nest_service("/tenants/one", service);
    for (path, status) in [("/mcp", 200), ("/tenants/one/mcp", 200), ("/other", 404)] {
        let mut request = Draft::call("add", json!({ "a": 2, "b": 3 })).request();
        *request.uri_mut() = path.parse().unwrap();
        let response = router.call(request.map(axum::body::Body::new)).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        if status == 200 {
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert!(body.starts_with(br#"{"jsonrpc":"2.0","id":1,"result""#), "{body:?}");
        }
    }
}

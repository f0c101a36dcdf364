//! Health checks.

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use mcp_runtime::http::{HealthService, HttpConfig, McpService};
use tower_service::Service as _;

use crate::client::{read_response, soon, write};
use crate::site::{listening, mounted};

/// Status, `Allow` and body of a health check.
async fn probe(health: &HealthService, method: &str) -> (u16, String, String) {
    let request = http::Request::builder().method(method).uri("/");
    let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
    let (parts, body) = health.clone().call(request).await.unwrap().into_parts();
    let allow = parts.headers.get("allow").map(|value| value.to_str().unwrap().to_owned());
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), allow.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

async fn assert_ready(service: &HealthService, status: u16, body: &str) {
    assert_eq!(probe(service, "GET").await, (status, String::new(), body.to_owned()));
}

const OK: &str = r#"{"status":"ok"}"#;
const DRAINING: &str = r#"{"status":"unavailable","reason":"draining"}"#;

/// A request to a server that listens, on a connection of its own.
async fn fetch(address: std::net::SocketAddr, line: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    // A load balancer names the address of the instance, or nothing that the server knows.
    write(&mut stream, &format!("{line} HTTP/1.1\r\nhost: 10.1.2.3\r\n\r\n")).await;
    soon(read_response(&mut stream)).await
}

#[tokio::test]
async fn a_server_that_listens_answers_health_checks_of_any_host() {
    let site = listening(HttpConfig::local()).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(fetch(site.address, &format!("GET {path}")).await, (200, OK.to_owned()));
        assert_eq!(fetch(site.address, &format!("POST {path}")).await.0, 405, "{path}");
    }
    assert_eq!(fetch(site.address, "GET /mcp").await.0, 403);
    let site = listening(HttpConfig::local().health(false)).await;
    assert_eq!(fetch(site.address, "GET /healthz").await.0, 403);
    let site = listening(HttpConfig::local().path("/healthz")).await;
    assert_eq!(fetch(site.address, "GET /healthz").await.0, 403);
}

#[tokio::test]
async fn only_get_and_head_are_health_checks() {
    let site = mounted();
    for health in [site.service.liveness(), site.service.readiness()] {
        assert_eq!(probe(&health, "GET").await, (200, String::new(), OK.to_owned()));
        assert_eq!(probe(&health, "HEAD").await, (200, String::new(), String::new()));
        for method in ["POST", "DELETE", "OPTIONS"] {
            let (status, allow, _) = probe(&health, method).await;
            assert_eq!((status, &*allow), (405, "GET, HEAD"), "{method}");
        }
    }
}

#[tokio::test]
async fn a_mounted_server_that_shuts_down_is_not_ready() {
    let ways: [fn(McpService, mcp_runtime::ServerHandle); 3] = [
        |service, _| drop(service.shutdown()),
        |_service, handle| handle.shutdown(),
        |service, _| drop(service),
    ];
    for shut_down in ways {
        let site = mounted();
        let (live, ready) = (site.service.liveness(), site.service.readiness());
        assert_ready(&ready, 200, OK).await;
        shut_down(site.service, site.handle);
        assert_ready(&ready, 503, DRAINING).await;
        assert_ready(&live, 200, OK).await;
    }
}

#[tokio::test]
async fn a_server_serves_on_while_load_balancers_notice_its_shutdown() {
    let site = listening(HttpConfig::local().drain_delay(Duration::from_secs(600))).await;
    assert_eq!(fetch(site.address, "GET /readyz").await, (200, OK.to_owned()));
    site.stop.send(()).unwrap();
    let drained = async {
        while fetch(site.address, "GET /readyz").await != (503, DRAINING.to_owned()) {
            tokio::task::yield_now().await;
        }
    };
    soon(drained).await;
    assert_eq!(fetch(site.address, "GET /healthz").await, (200, OK.to_owned()));
    site.served.abort();
}

#[cfg(feature = "auth-server")]
#[tokio::test]
async fn health_checks_need_no_access_token() {
    use mcp_runtime::Principal;
    use mcp_runtime::authorization::Auth;

    let auth = Auth::static_tokens([("a secret", Principal::new("ann"))]);
    let server = mcp_runtime::Server::new("guarded", "1").require_auth(auth);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    assert_eq!(fetch(address, "GET /readyz").await, (200, OK.to_owned()));
    served.abort();
}

#[cfg(feature = "store-redis")]
#[tokio::test(start_paused = true)]
async fn a_server_whose_store_cannot_be_reached_is_not_ready() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let store = mcp_runtime::Store::redis(url).unwrap();
    let service = mcp_runtime::Server::new("stored", "1").store(store).into_service().unwrap();
    let ready = service.readiness();
    let unavailable = r#"{"status":"unavailable","reason":"store"}"#;
    let began = tokio::time::Instant::now();
    let probes: Vec<_> = (0..20)
        .map(|_| {
            let ready = ready.clone();
            tokio::spawn(async move { assert_ready(&ready, 503, unavailable).await })
        })
        .collect();
    for probe in probes {
        probe.await.unwrap();
    }
    // They have waited for one check, by the clock that is paused.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_ready(&service.liveness(), 200, OK).await;
}

//! The shutdown of services that are mounted elsewhere, and of servers by their handle.

use std::time::Duration;

use http_body_util::BodyExt as _;
use mcp_runtime::ServerHandle;
use mcp_runtime::http::{HttpConfig, McpService};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::client::{
    Draft, LEGACY, events, initialize, open, read_response, read_to_end, read_until, soon, write,
};
use crate::site::{Mounted, listening_with_handle, mounted, mounted_with};

fn patient() -> HttpConfig {
    HttpConfig::local().shutdown_timeout(Duration::from_secs(600))
}

fn impatient() -> HttpConfig {
    HttpConfig::local().shutdown_timeout(Duration::from_millis(1))
}

fn listen() -> Draft {
    Draft::modern("subscriptions/listen", json!({ "notifications": {} }))
}

fn stream(session: &str) -> Draft {
    Draft::new("GET").with("accept", "text/event-stream").with("mcp-session-id", session)
}

fn park(say: bool) -> Draft {
    Draft::call("park", json!({ "say": say }))
}

fn park_in(session: &str, say: bool) -> Draft {
    let params = json!({
        "name": "park", "arguments": { "say": say }, "_meta": { "progressToken": 1 },
    });
    Draft::in_session(session, 1, "tools/call", params)
}

/// The two ways to shut a service down.
fn ways() -> [fn(&Mounted); 2] {
    [|site| drop(site.service.shutdown()), |site| site.handle.shutdown()]
}

#[tokio::test]
async fn streams_end_and_further_requests_are_refused() {
    for shut_down in ways() {
        let site = mounted();
        let session = open(&site.service, LEGACY).await;
        let listened = listen().begin(&site.service).await.into_body();
        let stream = stream(&session).begin(&site.service).await.into_body();
        shut_down(&site);
        let listened = soon(listened.collect()).await.unwrap().to_bytes();
        let last = events(std::str::from_utf8(&listened).unwrap()).pop().unwrap();
        assert_eq!(last["result"]["resultType"], "complete", "{last}");
        soon(stream.collect()).await.unwrap();
        let ping = Draft::in_session(&session, 1, "ping", json!({}));
        for draft in [park(false), ping, Draft::post(initialize(LEGACY)), listen()] {
            let answer = draft.send(&site.service).await;
            assert_eq!(answer.status, 503, "{answer:?}");
        }
        // A second call changes nothing.
        soon(site.service.shutdown()).await;
    }
}

#[tokio::test]
async fn requests_in_flight_have_time_to_finish() {
    for shut_down in ways() {
        for say in [false, true] {
            for legacy in [false, true] {
                let site = mounted_with(patient());
                let session = open(&site.service, LEGACY).await;
                let call = if legacy { park_in(&session, say) } else { park(say) };
                let service = site.service.clone();
                let answer = tokio::spawn(async move { call.send(&service).await });
                soon(site.signals.parked.notified()).await;
                shut_down(&site);
                let over = site.service.shutdown();
                site.signals.go.notify_one();
                let answer = soon(answer).await.unwrap();
                assert!(answer.body.contains("went on"), "{answer:?}");
                soon(over).await;
            }
        }
    }
}

#[tokio::test]
async fn handlers_that_take_longer_are_dropped() {
    for shut_down in ways() {
        for say in [false, true] {
            let site = mounted_with(impatient());
            let session = open(&site.service, LEGACY).await;
            let service = site.service.clone();
            let modern = tokio::spawn(async move { park(say).send(&service).await });
            soon(site.signals.parked.notified()).await;
            let (service, call) = (site.service.clone(), park_in(&session, say));
            let legacy = tokio::spawn(async move { call.send(&service).await });
            soon(site.signals.parked.notified()).await;
            shut_down(&site);
            soon(site.service.shutdown()).await;
            let (modern, legacy) = (soon(modern).await.unwrap(), soon(legacy).await.unwrap());
            assert_eq!(modern.status, if say { 200 } else { 503 });
            assert!(modern.body.contains("-32603"), "{modern:?}");
            assert!(!legacy.body.contains("\"result\""), "{legacy:?}");
        }
    }
}

#[tokio::test]
async fn a_service_that_is_shut_down_outside_a_runtime_ends_at_once() {
    let site = mounted_with(patient());
    let (service, call) = (site.service.clone(), park(false));
    let answer = tokio::spawn(async move { call.send(&service).await });
    soon(site.signals.parked.notified()).await;
    let handle = site.handle.clone();
    std::thread::spawn(move || handle.shutdown()).join().unwrap();
    assert_eq!(soon(answer).await.unwrap().status, 503);
    soon(site.signals.dropped.notified()).await;
}

/// A service in an axum server that shuts down gracefully.
async fn in_axum(
    service: McpService,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (std::net::SocketAddr, tokio::task::JoinHandle<std::io::Result<()>>) {
    let router = axum::Router::new().route_service("/mcp", service);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = axum::serve(listener, router).with_graceful_shutdown(stop);
    (address, tokio::spawn(async move { served.await }))
}

async fn check_axum(config: HttpConfig, shut_down: fn(&McpService, &ServerHandle)) {
    let site = mounted_with(config);
    let (stop, stopped) = oneshot::channel::<()>();
    let (service, handle) = (site.service.clone(), site.handle.clone());
    let stopping = async move {
        let _ = stopped.await;
        shut_down(&service, &handle);
    };
    let session = open(&site.service, LEGACY).await;
    let (address, served) = in_axum(site.service, stopping).await;
    let mut streams = Vec::new();
    for draft in [listen(), stream(&session), park(true), park_in(&session, true)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        write(&mut stream, &draft.text()).await;
        soon(read_until(&mut stream, "\r\n\r\n")).await;
        streams.push(stream);
    }
    stop.send(()).unwrap();
    soon(served).await.unwrap().unwrap();
    for mut stream in streams {
        soon(read_to_end(&mut stream)).await;
    }
}

#[tokio::test]
async fn the_graceful_shutdown_of_axum_ends_although_streams_are_open() {
    check_axum(impatient(), |service, _| drop(service.shutdown())).await;
    check_axum(impatient(), |_, handle| handle.shutdown()).await;
}

#[tokio::test]
async fn a_handle_ends_a_server_that_listens() {
    let (site, handle) = listening_with_handle(impatient()).await;
    let mut stream = site.connect().await;
    write(&mut stream, &park(false).text()).await;
    soon(site.signals.parked.notified()).await;
    let mut idle = site.connect().await;
    write(&mut idle, &Draft::call("add", json!({ "a": 2, "b": 3 })).text()).await;
    assert_eq!(soon(read_response(&mut idle)).await.0, 200);
    handle.shutdown();
    soon(site.served).await.unwrap().unwrap();
    soon(site.signals.dropped.notified()).await;
    assert_eq!(soon(read_to_end(&mut idle)).await, "");
}

#[tokio::test]
async fn a_handle_ends_a_server_over_any_reader_and_writer() {
    let (mut server, _) = crate::site::server(&std::sync::Arc::default(), HttpConfig::local());
    let handle = server.handle();
    let (mut ours, theirs) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(theirs);
    let served = tokio::spawn(server.serve_over(reader, writer));
    tokio::io::AsyncWriteExt::write_all(
        &mut ours,
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n",
    )
    .await
    .unwrap();
    let mut answer = [0; 1];
    tokio::io::AsyncReadExt::read_exact(&mut ours, &mut answer).await.unwrap();
    handle.shutdown();
    soon(served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_was_shut_down_before_is_not_served() {
    let (mut server, _) = crate::site::server(&std::sync::Arc::default(), HttpConfig::local());
    server.handle().shutdown();
    soon(server.serve_http("127.0.0.1:0")).await.unwrap();
    let (mut server, _) = crate::site::server(&std::sync::Arc::default(), HttpConfig::local());
    server.handle().shutdown();
    assert_eq!(park(false).send(&server.into_service().unwrap()).await.status, 503);
}

//! Options of clients over HTTP: cookies, headers that are made for each request, HTTP clients of the
//! user, certificates.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Cache, Client, ClientBuilder, Era, Error, Http, reqwest};
use serde_json::{Value, json};

use crate::peer::{discovered, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply};

/// Starts a server that sets a cookie in its first response.
async fn sticky(cookie: &'static str) -> HttpServer {
    HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
        ("POST", "server/discover") => Reply::status(405).with("set-cookie", cookie),
        ("POST", "initialize") => Reply::result(request, initialized("2025-11-25")),
        ("POST", "tools/call") => Reply::result(request, text("done")),
        ("POST", _) => Reply::status(202),
        _ => Reply::status(405),
    })
    .await
}

async fn call(builder: ClientBuilder<Http>) -> Client {
    let client = builder.connect().await.unwrap();
    assert_eq!(text_of(client.call("t", ()).await), "done");
    client
}

#[tokio::test]
async fn cookies_are_kept_for_all_requests_of_a_client() {
    let server = sticky("node=7; Path=/; HttpOnly").await;
    let client = call(Client::http(&server.url)).await;
    client.close().await;
    let heard = server.heard.lock().unwrap().clone();
    assert_eq!(heard[0].header("cookie"), None);
    assert!(heard.iter().any(|request| request.method == "GET"));
    for request in &heard[1..] {
        assert_eq!(request.header("cookie"), Some("node=7"), "{} {}", request.method, request.body);
    }
    // Another client has none of them, and a cookie of the user goes along with those of the server.
    call(Client::http(&server.url).header("cookie", "own=1")).await;
    let heard = server.heard.lock().unwrap().split_off(heard.len());
    assert_eq!(heard[0].header("cookie"), Some("own=1"));
    assert_eq!(heard[1].header("cookie"), Some("own=1; node=7"));
}

#[tokio::test]
async fn cookies_that_are_not_wanted_are_not_kept() {
    let server = sticky("node=7").await;
    call(Client::http(&server.url).cookies(false)).await;
    let heard = server.heard.lock().unwrap();
    assert!(heard.iter().all(|request| request.header("cookie").is_none()));
}

#[tokio::test]
async fn cookies_survive_redirects_and_lost_sessions() {
    let sessions = AtomicUsize::new(0);
    let server = HttpServer::start(move |request| {
        let is_first = request.header("mcp-session-id") == Some("session-0");
        match (request.path.as_str(), request.method.as_str(), request.asks()) {
            ("/mcp", ..) => Reply::status(307)
                .with("location", "/node")
                .with("set-cookie", "node=7; Path=/node"),
            (_, "POST", "initialize") => {
                let number = sessions.fetch_add(1, Ordering::SeqCst);
                Reply::result(request, initialized("2025-11-25"))
                    .with("mcp-session-id", &format!("session-{number}"))
            }
            (_, "POST", "tools/call") if is_first => Reply::status(404),
            (_, "POST", "tools/call") => Reply::result(request, text("done")),
            (_, "POST", _) => Reply::status(202),
            _ => Reply::status(405),
        }
    })
    .await;
    call(Client::http(&server.url).era(Era::Legacy)).await;
    let heard = server.heard.lock().unwrap();
    let nodes = heard.iter().filter(|request| request.path == "/node");
    let cookies: Vec<_> = nodes.map(|request| request.header("cookie")).collect();
    assert!(cookies.len() >= 5 && cookies.iter().all(|cookie| *cookie == Some("node=7")));
}

fn tools(name: &str) -> Value {
    let tool = json!({ "name": name, "inputSchema": { "type": "object" } });
    let (kind, scope) = ("complete", "private");
    json!({ "resultType": kind, "tools": [tool], "ttlMs": 600_000, "cacheScope": scope })
}

/// Starts a modern server that lists a tool named after its caller.
async fn personal(set_cookie: bool) -> HttpServer {
    let callers = AtomicUsize::new(0);
    HttpServer::start(move |request| match request.asks() {
        "server/discover" if set_cookie => {
            let number = callers.fetch_add(1, Ordering::SeqCst);
            Reply::result(request, discovered()).with("set-cookie", &format!("user={number}"))
        }
        "server/discover" => Reply::result(request, discovered()),
        _ => {
            let caller = request.header("cookie").or(request.header("authorization"));
            Reply::result(request, tools(caller.unwrap_or("nobody")))
        }
    })
    .await
}

async fn listed(client: &Client) -> String {
    client.tools().all().await.unwrap()[0].name.clone()
}

#[tokio::test]
async fn private_results_are_not_shared_by_clients_that_a_server_tells_apart() {
    let cache = Cache::default();
    let server = personal(true).await;
    for number in 0..2 {
        let client = Client::http(&server.url).cache(cache.clone()).connect().await.unwrap();
        assert_eq!(listed(&client).await, format!("user={number}"));
        assert_eq!(listed(&client).await, format!("user={number}"));
    }
    assert_eq!(server.asked("tools/list").len(), 2);
    let server = personal(false).await;
    for token in ["ann", "bob"] {
        let client = Client::http(&server.url).cache(cache.clone());
        let client = client.bearer_with(move || async move { Ok(token.to_owned()) });
        let client = client.connect().await.unwrap();
        assert_eq!(listed(&client).await, format!("Bearer {token}"));
    }
}

/// Returns the values of a header in all requests.
fn values(server: &HttpServer, name: &str) -> Vec<String> {
    let heard = server.heard.lock().unwrap();
    let values = heard.iter().map(|request| request.header(name).unwrap_or_default().to_owned());
    values.collect()
}

#[tokio::test]
async fn headers_are_made_for_each_request() {
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        _ => Reply::result(request, text("done")),
    })
    .await;
    let count = Arc::new(AtomicUsize::new(0));
    let builder = Client::http(&server.url)
        .bearer("static")
        .header("x-static", "1")
        .header("x-both", "static")
        .bearer_with(move || {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move { Ok(format!("token-{number}")) }
        })
        .headers_with(|| async {
            let both = ("x-both".to_owned(), "made".to_owned());
            Ok([both, ("mcp-protocol-version".to_owned(), "never".to_owned())])
        });
    let client = call(builder).await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
    let tokens = ["Bearer token-0", "Bearer token-1", "Bearer token-2"];
    assert_eq!(values(&server, "authorization"), tokens);
    assert_eq!(values(&server, "x-static"), ["1", "1", "1"]);
    assert_eq!(values(&server, "x-both"), ["made", "made", "made"]);
    assert_eq!(values(&server, "mcp-protocol-version"), ["2026-07-28"; 3]);
}

#[tokio::test]
async fn headers_that_cannot_be_made_fail_the_request() {
    let server = HttpServer::start(|request| Reply::result(request, discovered())).await;
    let failing = Client::http(&server.url)
        .bearer_with(|| async { Err(Error::argument("the vault is locked")) });
    let error = failing.connect().await.unwrap_err();
    assert!(error.to_string().contains("the vault is locked"), "{error}");
    let invalid = Client::http(&server.url)
        .headers_with(|| async { Ok(vec![("no name".to_owned(), "1".to_owned())]) });
    let error = invalid.connect().await.unwrap_err();
    assert!(error.to_string().contains("`no name`"), "{error}");
    assert!(server.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn requests_go_through_the_http_client_of_the_user() {
    let server = sticky("node=7").await;
    let http = reqwest::Client::builder().user_agent("own/1").build().unwrap();
    call(Client::http(&server.url).http_client(http.clone())).await;
    assert!(values(&server, "user-agent").iter().all(|agent| agent == "own/1"));
    assert_eq!(values(&server, "cookie")[1], "node=7");
    let both = Client::http(&server.url).http_client(http).root_certificates(CERTIFICATE);
    let error = both.connect().await.unwrap_err();
    assert!(error.to_string().contains("`http_client`"), "{error}");
}

#[tokio::test]
async fn certificates_that_are_none_are_refused() {
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let builder = Client::http("https://127.0.0.1:1/mcp").root_certificates(pem);
        let error = builder.connect().await.unwrap_err();
        assert!(matches!(error, Error::Argument { .. }), "{pem}: {error}");
    }
}

/// The root certificate of the certificates in `tls/`.
const CERTIFICATE: &str = include_str!("tls/root.pem");

/// Answers one request over TLS by the result of `server/discover`.
async fn serve_tls(listener: tokio::net::TcpListener) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::rustls::pki_types::pem::PemObject as _;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // Fails for a client that does not trust the certificate.
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut read = Vec::new();
        while !read.ends_with(b"}") {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).await.unwrap();
            read.extend_from_slice(&part[..count]);
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "result": discovered() }).to_string();
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn root_certificates_of_the_user_are_trusted() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/mcp", listener.local_addr().unwrap());
    let serving = tokio::spawn(serve_tls(listener));
    let error = Client::http(&url).connect().await.unwrap_err();
    assert!(error.report().to_string().contains("certificate"), "{}", error.report());
    let client = Client::http(&url).root_certificates(CERTIFICATE).connect().await.unwrap();
    assert_eq!(client.revision().as_str(), "2026-07-28");
    serving.abort();
}

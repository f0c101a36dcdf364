use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use mcp_tests::process::TEST_TIMEOUT;
use serde_json::{Value, json};

use super::{Inspector, block_on};
use crate::harness::{Run, example};

#[test]
fn only_the_page_itself_is_served() {
    let inspector = Inspector::of(&[&example("stock_prices")]);
    let bearer = format!("Bearer {}", inspector.token);
    let wrong = format!("Bearer {}", "0".repeat(64));
    let port = inspector.base.rsplit(':').next().unwrap();
    let own = ("origin", format!("http://localhost:{port}"));
    let with_token = ("authorization", bearer.clone());
    let page = format!("/?token={}", inspector.token);
    let header = |name: &'static str, value: &str| (name, value.to_owned());
    let rows = [
        ("GET", page.as_str(), vec![], 200, ""),
        ("GET", "/", vec![], 401, "token"),
        ("GET", "/", vec![with_token.clone()], 401, "token"),
        ("GET", "/?token=", vec![], 401, "token"),
        ("GET", "/?other=1&token=0", vec![], 401, "token"),
        ("POST", page.as_str(), vec![], 405, ""),
        ("GET", "/main.js", vec![], 200, ""),
        ("GET", "/page.css", vec![], 200, ""),
        ("GET", "/other.js", vec![], 404, "path"),
        ("GET", "/api/events", vec![], 401, "token"),
        ("GET", "/api/events", vec![header("authorization", &wrong)], 401, "token"),
        ("GET", "/api/events", vec![header("authorization", &inspector.token)], 401, "token"),
        ("GET", "/api/events?token=x", vec![], 401, "token"),
        ("GET", "/api/events", vec![with_token.clone(), own.clone()], 200, ""),
        ("POST", "/api/events", vec![with_token.clone()], 405, "method"),
        ("GET", "/api/runs", vec![with_token.clone()], 405, "method"),
        ("OPTIONS", "/api/runs", vec![with_token.clone()], 405, "method"),
        ("GET", "/api/nothing", vec![with_token.clone()], 404, "path"),
        ("GET", page.as_str(), vec![header("host", "evil.example")], 403, "host"),
        ("GET", page.as_str(), vec![header("host", "127.0.0.1")], 403, "host"),
        ("GET", "/main.js", vec![header("host", "evil.example")], 403, "host"),
        ("GET", page.as_str(), vec![header("host", &format!("LOCALHOST:{port}"))], 200, ""),
        (
            "GET",
            "/api/events",
            vec![with_token.clone(), header("origin", "http://evil.example")],
            403,
            "origin",
        ),
        ("GET", "/api/events", vec![with_token.clone(), header("origin", "null")], 403, "origin"),
        (
            "GET",
            "/api/events",
            vec![with_token.clone(), header("origin", &format!("https://127.0.0.1:{port}"))],
            403,
            "origin",
        ),
    ];
    block_on(async {
        for (method, path, headers, status, code) in rows {
            let mut request = inspector.request(method, path);
            for (name, value) in &headers {
                request = request.header(*name, value);
            }
            let row = format!("{method} {path} {headers:?}");
            let response = request.send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{row}");
            let text = |name: &str| response.headers().get(name).map(|it| it.to_str().unwrap());
            assert_eq!(text("referrer-policy"), Some("no-referrer"), "{row}");
            assert_eq!(text("access-control-allow-origin"), None, "{row}");
            assert!(text("content-security-policy").unwrap().contains("default-src 'none'"));
            assert_eq!(text("www-authenticate").is_some(), status == 401, "{row}");
            if !code.is_empty() {
                let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
                assert_eq!(body["error"]["code"], code, "{row}: {body}");
                let message = body["error"]["message"].as_str().unwrap();
                assert!(status != 401 || message.contains("open the URL"), "{row}: {message}");
            }
        }
    });
}

/// The status of the answer to a request that no client sends.
fn status_of(inspector: &Inspector, head: &str) -> String {
    let address = inspector.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let head = head.replace("ADDRESS", address);
    write!(stream, "{head}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn unusual_requests_are_refused() {
    let inspector = Inspector::of(&[&example("stock_prices")]);
    let rows = [
        ("GET /main.js HTTP/1.1\r\nhost: ADDRESS", "200"),
        ("GET /../Cargo.toml HTTP/1.1\r\nhost: ADDRESS", "404"),
        ("GET /%2e%2e/Cargo.toml HTTP/1.1\r\nhost: ADDRESS", "404"),
        ("GET /main.js HTTP/1.1\r\nhost: ADDRESS\r\nhost: evil.example", "403"),
        ("GET /main.js HTTP/1.1\r\nhost: evil.example\r\nhost: ADDRESS", "403"),
        (
            "GET /main.js HTTP/1.1\r\nhost: ADDRESS\r\norigin: http://ADDRESS\r\norigin: http://x",
            "403",
        ),
    ];
    for (head, status) in rows {
        assert_eq!(status_of(&inspector, head), status, "{head:?}");
    }
}

#[test]
fn bad_bodies_are_refused_with_the_reason() {
    let inspector = Inspector::of(&[&example("stock_prices")]);
    let rows = [
        ("runs", "", 400, "EOF"),
        ("runs", "{", 400, "EOF"),
        ("runs", "[]", 400, "invalid type"),
        ("runs", r#"{"eras":["modern"]}"#, 400, "method"),
        ("runs", r#"{"eras":["modern"],"method":"tools/other"}"#, 400, "unknown variant"),
        ("runs", r#"{"eras":[],"method":"ping"}"#, 400, "expected `modern`"),
        ("runs", r#"{"eras":["ancient"],"method":"ping"}"#, 400, "unknown variant"),
        ("runs", r#"{"eras":["modern"],"method":"tools/call","name":7}"#, 400, "invalid type"),
        (
            "runs",
            r#"{"eras":["modern"],"method":"tools/call","name":"x","arguments":[]}"#,
            400,
            "invalid type",
        ),
        ("runs/x/cancel", "{}", 400, "a number"),
        ("runs/77/cancel", "{}", 409, "no run 77"),
        ("questions/0", "{}", 409, "not open"),
        ("questions/-1", "{}", 400, "a number"),
        ("watch", r#"{"era":"modern"}"#, 400, "uri"),
        ("log-level", r#"{"level":"loud"}"#, 400, "loud"),
        ("complete", r#"{"era":"modern","ref":{"type":"ref/x"}}"#, 400, "ref/x"),
    ];
    block_on(async {
        inspector.ready().await;
        for (path, body, status, part) in rows {
            let request = inspector.request("POST", &format!("/api/{path}"));
            let request = request.bearer_auth(&inspector.token);
            let request = request.header("content-type", "application/json; charset=utf-8");
            let response = request.body(body).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path} {body}");
            let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(part), "{path} {body}: {message}");
        }
        // Other pages can send this type without being asked.
        let request = inspector.request("POST", "/api/runs").bearer_auth(&inspector.token);
        let response = request.header("content-type", "text/plain").body("{}").send().await;
        assert_eq!(response.unwrap().status().as_u16(), 415);
        // The page goes on.
        let body = json!({ "eras": ["modern"], "method": "ping" });
        assert_eq!(inspector.post("runs", &body).await.0, 202);
    });
}

#[test]
fn a_server_that_does_not_start_is_a_failure() {
    let run = Run::of(&["inspect", "--web", "--no-open", "--json", "--", "/no/such/server"]);
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    let run = Run::of(&["inspect", "--no-open", "--", &example("stock_prices")]);
    assert_eq!(run.code, Some(2), "`--no-open` needs `--web`: {run:?}");
}

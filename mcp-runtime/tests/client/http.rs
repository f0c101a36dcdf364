//! HTTP without sessions: detection of the era, headers, limits, failures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::{CallOutcome, Client, Error};
use mcp_runtime::protocol::{ElicitAction, ElicitResult, InputResponses};
use serde_json::{Value, json};

use crate::peer::{discovered, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request, event};

/// Starts a modern server that answers every request but the probe by a function.
async fn modern(
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (HttpServer, Client) {
    let server = HttpServer::start(move |request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        _ => answer(request),
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    (server, client)
}

#[tokio::test]
async fn requests_repeat_in_headers_what_the_body_says() {
    let (server, client) = modern(|request| Reply::result(request, text("done"))).await;
    client.call("größe", json!({})).await.unwrap();
    let asked = &server.asked("tools/call")[0];
    assert_eq!(asked.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(asked.header("mcp-method"), Some("tools/call"));
    assert_eq!(asked.header("mcp-name"), Some("=?base64?Z3LDtsOfZQ==?="));
    assert_eq!(asked.header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn notifications_say_in_headers_and_metadata_what_they_are() {
    let (server, client) = modern(|_| Reply::status(202)).await;
    client.notify("notifications/undo", json!({ "steps": 1 })).await.unwrap();
    let notified = &server.asked("notifications/undo")[0];
    assert_eq!(notified.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(notified.header("mcp-method"), Some("notifications/undo"));
    let params = &notified.body["params"];
    assert_eq!(params["steps"], 1);
    assert_eq!(params["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
}

#[tokio::test]
async fn marked_arguments_are_repeated_and_faulty_tools_left_out() {
    let tool = |name: &str, mark: Value| {
        let property = json!({ "type": "string", "x-mcp-header": mark });
        json!({ "name": name, "inputSchema": { "type": "object", "properties": { "a": property } } })
    };
    let (server, client) = modern(move |request| match request.asks() {
        "tools/list" => {
            let tools = json!([tool("good", json!("Region")), tool("bad", json!(""))]);
            Reply::result(request, json!({ "tools": tools }))
        }
        _ => Reply::result(request, text("done")),
    })
    .await;
    let tools = client.tools().all().await.unwrap();
    assert_eq!(tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["good"]);
    client.call("good", json!({ "a": " eu " })).await.unwrap();
    assert_eq!(
        server.asked("tools/call")[0].header("mcp-param-region"),
        Some("=?base64?IGV1IA==?=")
    );
}

#[tokio::test]
async fn headers_that_do_not_match_are_learned_anew_once() {
    let (server, client) = modern(|request| match request.asks() {
        "tools/list" => {
            let property = json!({ "type": "string", "x-mcp-header": "Region" });
            let schema = json!({ "type": "object", "properties": { "a": property } });
            Reply::result(request, json!({ "tools": [{ "name": "t", "inputSchema": schema }] }))
        }
        _ if request.header("mcp-param-region").is_none() => {
            Reply::error(400, request, -32020, Value::Null)
        }
        _ => Reply::result(request, text("done")),
    })
    .await;
    assert_eq!(text_of(client.call("t", json!({ "a": "eu" })).await), "done");
    assert_eq!(server.asked("tools/list").len(), 1);
    // A mismatch that listing does not repair is an error.
    let error = client.call("unknown", ()).await.unwrap_err();
    assert_eq!(error.remote().unwrap().code.0, -32020);
    assert_eq!(server.asked("tools/call").len(), 4);
}

/// Starts a server whose tool asks for input first and marks its argument afterwards.
fn asks_then_marks() -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    |request| match request.asks() {
        "tools/list" => {
            let property = json!({ "type": "string", "x-mcp-header": "Region" });
            let schema = json!({ "type": "object", "properties": { "a": property } });
            Reply::result(request, json!({ "tools": [{ "name": "t", "inputSchema": schema }] }))
        }
        _ if request.body["params"]["inputResponses"].is_null() => {
            let form = json!({ "message": "?", "requestedSchema": { "type": "object", "properties": {} } });
            let question = json!({ "method": "elicitation/create", "params": form });
            let asking =
                json!({ "resultType": "input_required", "inputRequests": { "q": question } });
            Reply::result(request, asking)
        }
        _ if request.header("mcp-param-region").is_none() => {
            Reply::error(400, request, -32020, Value::Null)
        }
        _ => Reply::result(request, text("done")),
    }
}

#[tokio::test]
async fn nobody_is_asked_twice_because_of_headers() {
    let answer = asks_then_marks();
    let server = HttpServer::start(move |request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        _ => answer(request),
    })
    .await;
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let client = Client::http(&server.url)
        .on_form(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            async { ElicitResult::new(ElicitAction::Decline) }
        })
        .connect()
        .await
        .unwrap();
    assert_eq!(text_of(client.call("t", json!({ "a": "eu" })).await), "done");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_answers_by_hand_has_headers_learned_too() {
    let (server, client) = modern(asks_then_marks()).await;
    let waiting = client.call("t", json!({ "a": "eu" })).by_hand().await.unwrap();
    let CallOutcome::InputRequired(waiting) = waiting else { panic!("{waiting:?}") };
    let answers = InputResponses::from([("q".to_owned(), json!({ "action": "decline" }))]);
    let CallOutcome::Complete(result) = client.resume(&waiting, &answers).await.unwrap() else {
        panic!("it asks again")
    };
    assert_eq!(text_of(Ok(result)), "done");
    assert_eq!((server.asked("tools/list").len(), server.asked("tools/call").len()), (1, 3));
}

#[tokio::test]
async fn a_refused_revision_is_tried_again_even_if_it_is_the_same() {
    let count = AtomicUsize::new(0);
    let server = HttpServer::start(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            let data = json!({ "supported": ["2026-07-28"], "requested": "2026-07-28" });
            return Reply::error(400, request, -32022, data);
        }
        Reply::result(request, discovered())
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    assert_eq!(client.revision().as_str(), "2026-07-28");
}

/// Connects to a server that answers the probe with a reply and opens sessions.
async fn after_probe(
    probe: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Result<Client, Error> {
    let server =
        HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
            ("POST", "server/discover") => probe(request),
            ("POST", "initialize") => Reply::result(request, initialized("2025-11-25")),
            ("POST", _) => Reply::status(202),
            _ => Reply::status(405),
        })
        .await;
    Client::http(&server.url).connect().await
}

#[tokio::test]
async fn a_bad_request_without_a_modern_error_means_a_session() {
    for status in [400, 404, 405, 406, 422] {
        let client = after_probe(move |_| Reply::status(status)).await;
        assert_eq!(client.unwrap().revision().as_str(), "2025-11-25", "{status}");
        let client = after_probe(move |request| Reply::error(status, request, -32000, Value::Null));
        assert_eq!(client.await.unwrap().revision().as_str(), "2025-11-25", "{status}");
    }
}

#[tokio::test]
async fn other_failures_say_nothing_about_the_era() {
    for status in [401, 403, 429, 500, 502, 503] {
        let error =
            after_probe(move |request| Reply::error(status, request, -32601, Value::Null)).await;
        let Err(Error::Http(failure)) = error else { panic!("{error:?}") };
        assert_eq!(failure.status, status);
    }
    let error = after_probe(|request| Reply::error(400, request, -32021, Value::Null)).await;
    assert!(matches!(error, Err(Error::Remote(_))));
    let unauthorized =
        after_probe(|_| Reply::status(401).with("www-authenticate", "Bearer x")).await;
    let Err(Error::Http(failure)) = unauthorized else { panic!("{unauthorized:?}") };
    assert_eq!(failure.www_authenticate.as_deref(), Some("Bearer x"));
}

#[tokio::test]
async fn nobody_there_is_a_failure_of_the_transport() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::http(url).connect().await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error}");
}

#[tokio::test]
async fn redirects_stay_on_the_server() {
    let server = HttpServer::start(|request| match (request.path.as_str(), request.asks()) {
        ("/mcp", _) => Reply::status(307).with("location", "/elsewhere"),
        (_, "server/discover") => Reply::result(request, discovered()),
        _ => Reply::status(308).with("location", "http://127.0.0.2:1/"),
    })
    .await;
    let client = Client::http(&server.url).bearer("secret").connect().await.unwrap();
    let error = client.call("t", ()).await.unwrap_err();
    assert!(matches!(&error, Error::Http(failure) if failure.status == 308), "{error}");
    let asked = &server.asked("tools/call")[1];
    assert_eq!(
        (asked.path.as_str(), asked.header("authorization")),
        ("/elsewhere", Some("Bearer secret"))
    );
}

/// Returns the outcome of a call that gets a reply.
async fn called(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> String {
    let (_site, client) = modern(answer).await;
    text_of(client.call("t", ()).idle_timeout(Duration::from_secs(20)).await)
}

#[tokio::test]
async fn answers_come_as_one_object_or_as_a_stream() {
    let stream = |request: &Request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("done") });
        let other = json!({ "jsonrpc": "2.0", "id": 999, "result": text("other") });
        let note = json!({ "jsonrpc": "2.0", "method": "notifications/message",
            "params": { "level": "info", "data": 1 } });
        Reply::events(
            [": hello\n\n".to_owned(), event(&note), event(&other), event(&answer)].concat(),
        )
    };
    assert_eq!(called(stream).await, "done");
    let hanging = move |request: &Request| stream(request).hanging();
    assert_eq!(called(hanging).await, "done");
    // What is no message is skipped, and bytes that are no text are replaced.
    let noisy = |request: &Request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("done") });
        let noise = b"data: nonsense\n\ndata: [1,{}]\n\ndata: \"\xff\"\n\n";
        Reply::events([noise, event(&answer).as_bytes()].concat()).hanging()
    };
    assert_eq!(called(noisy).await, "done");
    let replaced = |request: &Request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("XX") });
        let text = event(&answer).replace("XX", "X");
        let at = text.find('X').unwrap();
        let mut bytes = text.into_bytes();
        bytes[at] = 0xe9;
        Reply::events(bytes)
    };
    assert_eq!(called(replaced).await, "\u{fffd}");
    let batch = |request: &Request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("done") });
        Reply::json(200, &json!([7, answer, {}, []]))
    };
    assert_eq!(called(batch).await, "done");
    // Later parts of the body, even if broken, do not change the outcome.
    let broken = |request: &Request| {
        let answer = json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": text("done") });
        Reply::events([event(&answer).as_bytes(), b"data: \xff\n\n"].concat())
    };
    assert_eq!(called(broken).await, "done");
}

#[tokio::test]
async fn what_is_no_answer_is_one_clear_error() {
    let check = async |expected: &str, answer: fn(&Request) -> Reply| {
        let found = called(answer).await;
        assert!(found.contains(expected), "{expected}: {found}");
    };
    check("expected a message", |_| Reply::new(200, "application/json", "{")).await;
    check("got `text/plain`", |_| Reply::status(200)).await;
    check("got `text/html`", |_| Reply::new(200, "text/html", "<html>")).await;
    check("says there is none", |_| Reply::status(202)).await;
    check("status 500: oops", |_| Reply::new(500, "text/plain", "oops")).await;
    check("got one to 999", |_| {
        Reply::json(200, &json!({ "jsonrpc": "2.0", "id": 999, "result": {} }))
    })
    .await;
    check("before the answer", |_| Reply::events("")).await;
    check("expected a message", |_| Reply::events("data: nonsense\n\n")).await;
    check("the server refused", |request| Reply::error(400, request, -32602, Value::Null)).await;
}

#[tokio::test]
async fn what_is_too_long_is_not_read() {
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "a" => Reply::result(request, json!({ "x": "y".repeat(5000) })),
        "b" => Reply::events(format!("data: {}", "x".repeat(5000))).hanging(),
        _ => Reply::events(": comment\n".repeat(5000) + "data: 1\n").hanging(),
    })
    .await;
    let client = Client::http(&server.url).max_message(4000).connect().await.unwrap();
    for method in ["a", "b"] {
        let error = client.request::<Value>(method, ()).await.unwrap_err();
        assert!(error.to_string().contains("4000 bytes"), "{error}");
    }
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection() {
    let (server, client) = modern(|_| Reply::events(": open\n\n").hanging()).await;
    let call = tokio::spawn(client.call("t", ()).into_future());
    server.until(|request| request.asks() == "tools/call").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    // No cancellation is sent: the end of the HTTP connection cancels the request.
    client.ping().await.unwrap();
    assert!(server.asked("notifications/cancelled").is_empty());
}

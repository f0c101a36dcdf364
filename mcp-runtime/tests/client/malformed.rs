//! Servers whose messages are not quite right: what is unambiguous is accepted, and anything else ends
//! the one request that it answers.

use mcp_runtime::client::{Client, Era, Error};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply};

const RESULT: &str = r#"{"resultType":"complete","content":[{"type":"text","text":"done"}]}"#;

/// Answers to a request, with `@` in the place of its id, and the text of the result.
const ACCEPTED: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":@,"result":RESULT,"error":null}"#,
    r#"{"jsonrpc":"2.0","id":@,"method":null,"params":null,"result":RESULT,"error":null}"#,
    r#"{"id":@,"result":RESULT}"#,
    r#"{"jsonrpc":null,"id":@,"result":RESULT}"#,
];

/// Answers that end a request, and a part of the error.
fn refused() -> Vec<(String, &'static str)> {
    let deep = format!("{}1{}", "[".repeat(129), "]".repeat(129));
    let deep = format!(r#"{{"jsonrpc":"2.0","id":@,"result":{{"structuredContent":{deep}}}}}"#);
    let mut all = vec![(deep, "nested too deeply")];
    all.extend(
        [
            (r#"{"jsonrpc":"2.0","id":@,"result":{"a":"\ud800"}}"#, "surrogate"),
            (r#"{"result":{"a":"\udfff"},"id":@,"jsonrpc":"2.0"}"#, "surrogate"),
            (r#"{"jsonrpc":"2.0","id":@,"error":{"code":1,"message":"\ud800"}}"#, "surrogate"),
            (
                r#"{"jsonrpc":"2.0","id":@,"result":{"structuredContent":{"a":1e400}}}"#,
                "out of range",
            ),
            (r#"{"jsonrpc":"2.0","id":@,"result":{"structuredContent":{"a":NaN}}}"#, "not JSON"),
            (r#"{"jsonrpc":"2.0","id":@,"result":{"a":"tab	"}}"#, "not JSON"),
            (r#"{"jsonrpc":"2.0","id":@.0,"result":RESULT}"#, "`id` has to be"),
            (
                r#"{"jsonrpc":"2.0","id":@,"result":{},"error":{"code":1,"message":"m"}}"#,
                "not both",
            ),
            (r#"{"jsonrpc":"1.0","id":@,"result":RESULT}"#, "2.0"),
            (r#"{"jsonrpc":"2.0","id":@,"error":null}"#, "exactly one of"),
            (r#"{"jsonrpc":"2.0","id":@}"#, "exactly one of"),
            (r#"{"jsonrpc":"2.0","id":@,"result":RESULT,"result":RESULT}"#, "given twice"),
            (r#"{"jsonrpc":"2.0","id":@,"result":RESULT} {}"#, "not JSON"),
            (r#"{"jsonrpc":"2.0","id":@,"result":null}"#, "expected the result of"),
            (r#"{"jsonrpc":"2.0","id":@,"result":[]}"#, "expected the result of"),
            (r#"{"jsonrpc":"2.0","id":@,"error":"no"}"#, "got \"no\""),
            (r#"{"jsonrpc":"2.0","id":@,"error":{"message":"so it is"}}"#, "so it is"),
        ]
        .map(|(line, reason)| (line.to_owned(), reason)),
    );
    all
}

fn filled(template: &str, id: &Value) -> String {
    template.replace("@", &id.to_string()).replace("RESULT", RESULT)
}

/// Sends a line in answer to a call while another call is pending, and returns the outcome of the
/// first.
async fn answered_with(template: &str) -> String {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let other = tokio::spawn(client.call("other", ()).into_future());
    let waiting = peer.expect("tools/call").await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.send_line(&filled(template, &asked["id"])).await;
    };
    let (outcome, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(!matches!(outcome, Err(Error::Timeout { .. })), "{template}: {outcome:?}");
    peer.answer(&waiting, text("other")).await;
    assert_eq!(text_of(other.await.unwrap()), "other", "{template}");
    text_of(outcome)
}

// Time is paused, so a request that gets no answer runs into its timeout at once.
#[tokio::test(start_paused = true)]
async fn null_stands_for_an_absent_member_of_an_answer() {
    for template in ACCEPTED {
        assert_eq!(answered_with(template).await, "done", "{template}");
    }
    let refusal =
        r#"{"jsonrpc":"2.0","id":@,"result":null,"error":{"code":7,"message":"no","data":null}}"#;
    assert_eq!(answered_with(refusal).await, "the server refused: no (code 7)");
    let refusal = r#"{"id":@,"error":{"code":7.0,"message":null}}"#;
    assert_eq!(answered_with(refusal).await, "the server refused:  (code 7)");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_ends_its_request_alone() {
    for (template, reason) in refused() {
        let outcome = answered_with(&template).await;
        assert!(outcome.contains(reason), "{template}: {outcome}");
        assert!(!outcome.contains(" column "), "{template}: {outcome}");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_text_end_the_request_that_they_answer() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let line = filled(r#"{"jsonrpc":"2.0","id":@,"result":{"a":"?"}}"#, &asked["id"]);
        let bytes = line.bytes().map(|byte| if byte == b'?' { 0xff } else { byte });
        let mut bytes: Vec<u8> = bytes.collect();
        bytes.push(b'\n');
        peer.send_bytes(&bytes).await;
    };
    let (outcome, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(text_of(outcome).contains("not UTF-8"));
}

#[tokio::test(start_paused = true)]
async fn over_http_they_do_the_same() {
    for in_events in [false, true] {
        for (template, reason) in refused() {
            let sent = template.clone();
            let server = HttpServer::start(move |request| {
                if request.asks() == "server/discover" {
                    return Reply::result(request, discovered());
                }
                let line = filled(&sent, &request.body["id"]);
                match in_events {
                    // The stream stays open, so nothing but the message ends the request.
                    true => Reply::events(format!("data: {line}\n\n")).hanging(),
                    false => Reply::new(200, "application/json", line),
                }
            })
            .await;
            let client = Client::http(&server.url).era(Era::Modern).connect().await.unwrap();
            let outcome = client.call("t", ()).await;
            assert!(!matches!(outcome, Err(Error::Timeout { .. })), "{template}: {outcome:?}");
            let outcome = text_of(outcome);
            assert!(outcome.contains(reason), "{template}: {outcome}");
        }
        for template in ACCEPTED {
            let server = HttpServer::start(move |request| {
                if request.asks() == "server/discover" {
                    return Reply::result(request, discovered());
                }
                let line = filled(template, &request.body["id"]);
                match in_events {
                    true => Reply::events(format!("data: {line}\n\n")),
                    false => Reply::new(200, "application/json", line),
                }
            })
            .await;
            let client = Client::http(&server.url).era(Era::Modern).connect().await.unwrap();
            assert_eq!(text_of(client.call("t", ()).await), "done", "{template}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_survives_requests_and_notifications_that_are_not_quite_right() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let mut events = client.subscribe(mcp_runtime::client::Watch::new().tools()).await.unwrap();
    for line in [
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":null}"#,
        r#"{"jsonrpc":"2.0","id":null,"method":"notifications/tools/list_changed","params":{}}"#,
        r#"{"method":"notifications/tools/list_changed"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":null}}"#,
    ] {
        peer.send_line(line).await;
        let event = events.next().await.unwrap();
        assert_eq!(event.unwrap(), mcp_runtime::client::Event::Tools, "{line}");
    }
    for line in [
        r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":null}"#,
        r#"{"id":7,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"ping","params":{},"result":null,"error":null}"#,
    ] {
        peer.send_line(line).await;
        let answer = peer.receive().await;
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": 7, "result": {} }), "{line}");
    }
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn the_fault_of_one_answer_in_an_array_is_no_fault_of_the_others() {
    let (mut peer, builder) = Peer::new();
    let builder = builder.era(Era::Legacy);
    let (client, _) = tokio::join!(builder.connect(), peer.answer_initialize("2025-03-26"));
    let client = client.unwrap();
    let server = async {
        let (one, two) = (peer.receive().await, peer.receive().await);
        let good = json!({ "jsonrpc": "2.0", "id": two["id"], "result": text("two") });
        let bad = format!(r#"{{"jsonrpc":"2.0","id":{},"result":{{"a":"\ud800"}}}}"#, one["id"]);
        peer.send_line(&format!("[{bad},{good}]")).await;
    };
    let calls = async {
        tokio::join!(client.call("one", ()).into_future(), client.call("two", ()).into_future())
    };
    let ((one, two), ()) = tokio::join!(calls, server);
    assert!(text_of(one).contains("surrogate"));
    assert_eq!(text_of(two), "two");
}

#[tokio::test(start_paused = true)]
async fn the_handshake_ends_at_once_as_well() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("initialize").await;
        let mut result = initialized("2025-11-25");
        result["serverInfo"]["version"] = json!(1.0);
        peer.answer(&asked, result).await;
    };
    let (client, ()) = tokio::join!(builder.era(Era::Legacy).connect(), server);
    let error = client.unwrap_err().to_string();
    assert!(error.contains("`serverInfo.version`: expected a string"), "{error}");
}

//! Invalid input over stdio: the response to each, and that the server survives.

#![allow(missing_docs)]

use mcp_tests::process::peak_memory;
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

/// Summary of a response: its id, and its error code or `ok`.
fn summary(answer: &Value) -> String {
    let outcome = match &answer["error"]["code"] {
        Value::Null if answer["result"]["isError"] == true => "isError".to_owned(),
        Value::Null => "ok".to_owned(),
        code => code.to_string(),
    };
    format!("{} {outcome}", answer["id"])
}

/// Sends lines to a new server, and compares the responses with the expected ones.
fn check(name: &str, lines: &[&[u8]], wanted: &[&str]) {
    let mut server = StdioServer::open("torture", Era::Legacy);
    for line in lines {
        server.send_line(line);
    }
    // A response that takes long to make may be overtaken by that to the ping.
    let mut answers: Vec<_> = wanted.iter().map(|_| server.answer()).collect();
    answers.extend(server.answers_before_ping());
    let answers: Vec<_> = answers.iter().map(summary).collect();
    assert_eq!(answers, wanted, "{name}");
    let sum = server.ask(&Era::Legacy.call("alive", "add", json!({ "a": 1, "b": 2 })));
    assert_eq!(summary(&sum), r#""alive" ok"#, "{name}");
    assert_eq!(server.close().1, Some(0), "{name}");
}

fn check_text(name: &str, line: &str, wanted: &[&str]) {
    check(name, &[line.as_bytes()], wanted);
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"echo","arguments":{"text":TEXT}}}"#;

fn echo(text: &str) -> String {
    CALL.replace("TEXT", text)
}

#[test]
fn invalid_json() {
    check_text("not_json", "this is not json", &["null -32700"]);
    check(
        "invalid_utf8",
        &[b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"p\xc3\x28ng\"}"],
        &["null -32700"],
    );
    check("only_ff", &[&[0xff; 64]], &["null -32700"]);
    check("nul_bytes", &[&[0; 16]], &["null -32700"]);
    check_text("lone_surrogate", &echo(r#""\ud800""#), &["5 -32700"]);
    check_text("deep_array_100k", &echo(&"[".repeat(100_000)), &["5 -32700"]);
    check_text("deep_object_50k", &echo(&r#"{"a":"#.repeat(50_000)), &["5 -32700"]);
}

#[test]
fn unusual_but_valid_requests() {
    check_text("big_number", &echo("1e999"), &["5 isError"]);
    check_text("nul_escape", &echo(r#""\u0000""#), &["5 ok"]);
    check_text("bom", &format!("\u{feff}{}", echo("\"a\"")), &["5 ok"]);
    check_text("crlf", &format!("{}\r", echo("\"a\"")), &["5 ok"]);
    check("empty_lines", &[b"", b"  ", b"\r", b"\t"], &[]);
    check_text("id_neg", &echo("\"a\"").replace(":5,", ":-5,"), &["-5 ok"]);
    check_text("id_text", &echo("\"a\"").replace(":5,", r#":"\u00e4","#), &[r#""ä" ok"#]);
}

#[test]
fn json_that_is_not_a_message() {
    check_text("batch_array", &format!("[{}]", echo("\"a\"")), &["null -32600"]);
    check_text("empty_batch", "[]", &["null -32600"]);
    check_text("scalar", "42", &["null -32600"]);
    check_text("null", "null", &["null -32600"]);
    check_text("string", "\"ping\"", &["null -32600"]);
    check_text(
        "dup_keys",
        r#"{"jsonrpc":"2.0","id":5,"method":"ping","method":"tools/list"}"#,
        &["5 -32600"],
    );
    check_text("case_keys", r#"{"JSONRPC":"2.0","ID":5,"METHOD":"ping"}"#, &["null -32600"]);
    for (name, id) in [("null", "null"), ("float", "1.5"), ("huge", "1e400"), ("object", "{}")] {
        let request = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        check_text(name, &request, &["null -32600"]);
    }
    check_text(
        "id_huge",
        r#"{"jsonrpc":"2.0","id":99999999999999999999,"method":"ping"}"#,
        &["null -32600"],
    );
    check_text("ver_missing", r#"{"id":5,"method":"ping"}"#, &["5 -32600"]);
    check_text("ver_1", r#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#, &["5 -32600"]);
    check_text(
        "params_array",
        r#"{"jsonrpc":"2.0","id":5,"method":"ping","params":[1]}"#,
        &["5 -32602"],
    );
}

#[test]
fn messages_without_response() {
    check_text(
        "both_result_error",
        r#"{"jsonrpc":"2.0","id":5,"result":{},"error":{"code":1,"message":""}}"#,
        &[],
    );
    check_text("unsolicited_response", r#"{"jsonrpc":"2.0","id":5,"result":{}}"#, &[]);
    check_text("unknown_notif", r#"{"jsonrpc":"2.0","method":"notifications/none"}"#, &[]);
    check_text(
        "cancel_unknown",
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
        &[],
    );
    check_text(
        "cancel_malformed",
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}"#,
        &[],
    );
    check_text(
        "cancel_without_params",
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
        &[],
    );
    check_text(
        "notification_with_array",
        r#"{"jsonrpc":"2.0","method":"notifications/none","params":[]}"#,
        &[],
    );
}

#[test]
fn wrong_methods_and_wrong_order() {
    check_text("unknown_method", r#"{"jsonrpc":"2.0","id":5,"method":"no/such"}"#, &["5 -32601"]);
    let initialize = mcp_tests::stdio::initialize("2025-11-25").to_string();
    check_text("double_init", &initialize, &[r#""open" -32600"#]);
    check_text("unknown_tool", &echo("1").replace("echo", "ecko"), &["5 -32602"]);
    check_text(
        "no_name",
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{}}"#,
        &["5 -32602"],
    );
    check_text("no_params", r#"{"jsonrpc":"2.0","id":5,"method":"tools/call"}"#, &["5 -32602"]);
    check_text("arguments_array", &echo("1").replace(r#"{"text":1}"#, "[1]"), &["5 -32602"]);
    check_text(
        "bad_cursor",
        r#"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"cursor":"x"}}"#,
        &["5 -32602"],
    );
    check_text(
        "bad_level",
        r#"{"jsonrpc":"2.0","id":5,"method":"logging/setLevel","params":{"level":"x"}}"#,
        &["5 -32602"],
    );
}

#[test]
fn an_unknown_tool_is_named_with_its_neighbour() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    let answer = server.ask(&Era::Legacy.call(1, "ehco", json!({})));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("ehco") && message.contains("`echo`"), "{message}");
}

#[test]
fn oversized_input() {
    let keys: Vec<_> = (0..300_000).map(|n| format!("\"k{n}\":0")).collect();
    check_text(
        "million_keys",
        &echo(&format!("{{{}}}", keys.join(",")))
            .replace(r#"{"text":{"#, "{")
            .replace("}}}}", "}}}"),
        &["5 -32600"],
    );
    check_text("line_8MiB_valid", &echo(&format!("\"{}\"", "x".repeat(8 << 20))), &["null -32700"]);
    check_text("line_3MiB_valid", &echo(&format!("\"{}\"", "x".repeat(3 << 20))), &["5 ok"]);
}

#[test]
fn an_endless_line_takes_no_memory() {
    let mut server = StdioServer::open("torture", Era::Legacy);
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..256 {
        server.send_bytes(&chunk);
    }
    server.send_bytes("\n");
    assert_eq!(summary(&server.answer()), "null -32700");
    assert!(server.answers_before_ping().is_empty());
    if let Some(peak) = peak_memory(server.pid()) {
        assert!(peak < 64 << 20, "{peak} bytes at the peak");
    }
    assert_eq!(server.close().1, Some(0));
}

#[test]
fn before_anything_is_opened() {
    let ask = |line: &str| {
        let mut server = StdioServer::start("torture");
        server.send_line(line);
        summary(&server.answer())
    };
    assert_eq!(ask(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), "1 ok");
    assert_eq!(ask(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#), "1 -32600");
    assert_eq!(ask(r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#), "1 -32602");
    assert_eq!(
        ask(r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}"#),
        "1 -32602"
    );
    assert_eq!(ask(r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#), "1 -32602");
    assert_eq!(
        ask(r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1}}"#),
        "1 -32602"
    );
}

#[test]
fn modern_requests_need_their_meta() {
    let ask = |line: &Value| {
        let mut server = StdioServer::start("torture");
        let answer = server.ask(line);
        (summary(&answer), answer)
    };
    let version = "io.modelcontextprotocol/protocolVersion";
    let mut request = Era::Modern.request(1, "tools/list", json!({}));
    request["params"]["_meta"][version] = json!("v999");
    let (found, answer) = ask(&request);
    assert_eq!(found, "1 -32022");
    assert_eq!(answer["error"]["data"]["requested"], "v999");
    assert_eq!(answer["error"]["data"]["supported"], json!(["2026-07-28"]));
    request["params"]["_meta"] = json!({ version: "2026-07-28" });
    assert_eq!(ask(&request).0, "1 -32602");
    request["params"]["_meta"] =
        json!({ version: 7, "io.modelcontextprotocol/clientCapabilities": {} });
    assert_eq!(ask(&request).0, "1 -32602");
    for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "no/such"] {
        assert_eq!(ask(&Era::Modern.request(1, method, json!({}))).0, "1 -32601", "{method}");
    }
}

#[test]
fn a_batch_is_served_where_the_revision_demands_it() {
    let mut server = StdioServer::start("torture");
    let opened = server.handshake("2025-03-26");
    assert_eq!(opened["result"]["protocolVersion"], "2025-03-26");
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let slow = Era::Legacy.call(2, "slow", json!({ "ms": 1 }));
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/none" });
    let answers = server.ask(&json!([ping, slow, notification, 7]));
    let mut found: Vec<_> = answers.as_array().unwrap().iter().map(summary).collect();
    found.sort();
    assert_eq!(found, ["1 ok", "2 ok", "null -32600"]);
    server.send(&json!([notification]));
    server.send(&json!([]));
    server.send(&Value::Array(vec![ping; 101]));
    let found: Vec<_> = server.answers_before_ping().iter().map(summary).collect();
    assert_eq!(found, ["null -32600", "null -32600"]);
}

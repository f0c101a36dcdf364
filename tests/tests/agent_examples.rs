//! The examples `agent` and `tool_calling`, with a scripted model on a socket.

#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use mcp_tests::process::{Captured, example, exit_code};
use serde_json::{Value, json};

/// Starts a model that is compatible with Chat Completions. It sends one message after the other.
/// Returns its URL, and the bodies of the requests at the end.
fn model(messages: Vec<Value>) -> (String, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        let answer = |message: Value| {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let header = line.trim().to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if header.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let calls = message.get("tool_calls").is_some();
            let reason = if calls { "tool_calls" } else { "stop" };
            let chunk =
                json!({ "choices": [{ "index": 0, "delta": message, "finish_reason": reason }] });
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close";
            let text = format!("{head}\r\n\r\ndata: {chunk}\n\ndata: [DONE]\n\n");
            (&stream).write_all(text.as_bytes()).unwrap();
            serde_json::from_slice(&body).unwrap()
        };
        messages.into_iter().map(answer).collect()
    });
    (url, serving)
}

fn calling(name: &str, arguments: Value) -> Value {
    let function = json!({ "name": name, "arguments": arguments.to_string() });
    json!({ "tool_calls": [{ "index": 0, "id": "c1", "type": "function", "function": function }] })
}

/// Runs the example `agent` over a server with the given lines of a user. Returns its output.
fn converse(server: &str, url: &str, lines: &str) -> (String, String) {
    let mut child = Command::new(example("agent"))
        .args(["--model", "openai::any", "--base-url", url])
        .arg(format!("shares={}", example(server).display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = Captured::of(child.stderr.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(exit_code(&mut child), Some(0), "{}", errors.text());
    (output, errors.text())
}

#[test]
fn a_call_is_made_once_the_user_allows_it() {
    let call = calling("shares__get_stock_price", json!({ "symbol": "aapl" }));
    let (url, serving) = model(vec![call, json!({ "content": "It is expensive." })]);
    let (output, errors) = converse("stock_prices", &url, "How is Apple?\ny\n");
    assert_eq!(output.trim(), "It is expensive.");
    assert!(errors.contains(r#"[shares: get_stock_price {"symbol":"aapl"}]"#), "{errors}");
    let requests = serving.join().unwrap();
    let last = requests[1]["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["role"], &last["tool_call_id"]), (&json!("tool"), &json!("c1")));
    assert!(!last["content"].as_str().unwrap().contains("does not allow"), "{last}");
}

#[test]
fn a_call_that_the_user_does_not_allow_is_an_error_for_the_model() {
    let call = calling("shares__get_stock_price", json!({ "symbol": "aapl" }));
    let (url, serving) = model(vec![call, json!({ "content": "As you wish." })]);
    let (output, _) = converse("stock_prices", &url, "How is Apple?\nn\n");
    assert_eq!(output.trim(), "As you wish.");
    let requests = serving.join().unwrap();
    let last = requests[1]["messages"].as_array().unwrap().last().unwrap().clone();
    assert!(last["content"].as_str().unwrap().contains("the user does not allow"), "{last}");
}

#[test]
fn tool_calling_runs_without_a_key() {
    let mut command = Command::new(example("tool_calling"));
    for key in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"] {
        command.env_remove(key);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for wanted in [
        "# gpt-5.2 (OpenAiResponses)",
        "# claude-sonnet-4-6 (Anthropic)",
        "# gemini-3-flash (Gemini)",
        r#""type":"function_call_output","call_id":"call_1","output":"sunny in Oslo"#,
        r#""type":"tool_result","tool_use_id":"toolu_1""#,
        r#""thoughtSignature": "c2lnbmVk""#,
    ] {
        assert!(text.contains(wanted), "{wanted:?} is missing in:\n{text}");
    }
    assert_eq!(text.matches("result: sunny in Oslo, 24 degrees Celsius").count(), 3, "{text}");
}

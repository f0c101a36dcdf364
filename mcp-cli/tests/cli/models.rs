//! Sampling answered by a model, which is a scripted provider.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::harness::{ERAS, Run, Terminal, directory, example, program};

/// A provider that answers each request with the next reply.
struct Provider {
    url: String,
    requests: Receiver<Request>,
}

/// Headers and body of a request.
struct Request {
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Provider {
    fn start(replies: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            for (status, reply) in replies {
                let (stream, _) = listener.accept().unwrap();
                sender.send(answer(stream, status, &reply.to_string())).unwrap();
            }
        });
        Self { url, requests }
    }

    /// Adds the model to a command.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        let question = ["call", "research", "question=How many hearts?"];
        command.args(question).args(["--model", "openai::test", "--model-url", &self.url]);
        command.args(arguments).args(["--", &example("sampling_agent")]);
        command
    }

    fn next(&self) -> Request {
        self.requests.recv().unwrap()
    }
}

fn answer(stream: TcpStream, status: u16, reply: &str) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "POST /v1/chat/completions HTTP/1.1\r\n");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close");
    let mut stream = reader.into_inner();
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{reply}", reply.len()).unwrap();
    Request { headers, body: serde_json::from_slice(&body).unwrap() }
}

fn completion(message: Value, reason: &str) -> (u16, Value) {
    let choice = json!({ "index": 0, "message": message, "finish_reason": reason });
    let usage = json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 });
    (
        200,
        json!({ "id": "1", "object": "chat.completion", "model": "test", "choices": [choice], "usage": usage }),
    )
}

fn text(text: &str) -> (u16, Value) {
    completion(json!({ "role": "assistant", "content": text }), "stop")
}

fn call() -> (u16, Value) {
    let function = json!({ "name": "search_articles", "arguments": "{\"word\":\"octopus\"}" });
    let call = json!({ "id": "c1", "type": "function", "function": function });
    completion(json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls")
}

#[test]
fn a_model_answers_with_the_tools_of_the_server() {
    for era in ERAS {
        let provider = Provider::start(vec![call(), text("Three.")]);
        let arguments = ["--era", era, "--approve-sampling", "--model-max-tokens", "300"];
        let run = Run::of_command(&mut provider.command(&arguments));
        assert_eq!((run.code, &*run.stdout), (Some(0), "Three.\n"), "{run:?}");
        assert!(run.stderr.ends_with("openai::test answered: Three.\n"), "{run:?}");
        let first = provider.next();
        assert_eq!(first.body["model"], "test");
        assert_eq!(first.body["max_tokens"], 300, "the server asks for 500");
        assert_eq!(first.body["messages"][1]["content"], "How many hearts?");
        assert_eq!(first.body["tools"][0]["function"]["name"], "search_articles");
        assert_eq!(first.headers.get("authorization"), None, "no key was named");
        let second = provider.next().body;
        assert_eq!(second["messages"][3]["tool_call_id"], "c1", "{second:#}");
        assert!(second["messages"][3]["content"].to_string().contains("Octopuses"), "{second:#}");
    }
}

#[test]
fn requests_are_approved_in_the_terminal() {
    for era in ERAS {
        let provider = Provider::start(vec![call(), text("Three.")]);
        let mut terminal = Terminal::start_command(&mut provider.command(&["--era", era]));
        terminal.wait_for("How many hearts?");
        terminal.wait_for("search_articles, read_article");
        terminal.wait_for("Send it?");
        terminal.press("\r");
        terminal.wait_for("Octopuses");
        terminal.wait_for("Send it?");
        terminal.press("\r");
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.ends_with("Three.\r\n"), "{shown}");

        for (keys, expected) in [("\u{1b}[B\r", 5), ("\u{1b}", 5), ("\u{3}", 130)] {
            let provider = Provider::start(Vec::new());
            let mut terminal = Terminal::start_command(&mut provider.command(&["--era", era]));
            terminal.wait_for("Send it?");
            terminal.press(keys);
            let (code, shown) = terminal.finish();
            assert_eq!(code, Some(expected), "{shown}");
        }
    }
}

#[test]
fn a_request_is_edited_before_it_is_sent() {
    let editor = directory("models-editor").join("editor");
    std::fs::write(&editor, "#!/bin/sh\nprintf 'How many\\narms?\\n' > \"$2\"; echo edited\n")
        .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, mode).unwrap();
    let provider = Provider::start(vec![text("Eight.")]);
    let mut command = provider.command(&[]);
    command.env("VISUAL", format!("{} --wait", editor.display()));
    let mut terminal = Terminal::start_command(&mut command);
    terminal.wait_for("Send it?");
    terminal.press("\u{1b}[A\r");
    terminal.wait_for("(e) to open");
    terminal.press("e");
    terminal.wait_for("edited");
    terminal.press("\r");
    terminal.wait_for("arms?");
    terminal.wait_for("Send it?");
    terminal.press("\r");
    let (code, shown) = terminal.finish();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(provider.next().body["messages"][1]["content"], "How many\narms?");
}

#[test]
fn without_a_terminal_approval_is_an_argument() {
    for era in ERAS {
        let provider = Provider::start(Vec::new());
        let run = Run::of_command(&mut provider.command(&["--era", era]));
        assert_eq!((run.code, &*run.stdout), (Some(7), ""), "{run:?}");
        let note = "`--approve-sampling` sends requests to `openai::test` without a terminal\n";
        assert!(run.stderr.ends_with(note), "{run:?}");
    }
}

#[test]
fn keys_come_from_the_environment() {
    let provider = Provider::start(vec![text("Three.")]);
    let arguments = ["--approve-sampling", "--model-key-env", "MODELS_TEST_KEY"];
    let run = Run::of_command(provider.command(&arguments).env("MODELS_TEST_KEY", "sk-secret"));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(provider.next().headers["authorization"], "Bearer sk-secret");

    let server = example("sampling_agent");
    for (arguments, message) in [
        (
            &["--model", "gpt-5.2"][..],
            "the model `gpt-5.2` needs a key, and the environment variable `OPENAI_API_KEY` is not set",
        ),
        (
            &[
                "--model",
                "openai::x",
                "--model-url",
                "http://127.0.0.1:1",
                "--model-key-env",
                "NO_KEY",
            ],
            "the model `openai::x` needs a key, and the environment variable `NO_KEY` is not set",
        ),
        (&["--model", "opena::x"], "the model `opena::x` cannot be used: "),
        (&["--model", "openai::x", "--model-url", "x"], "the model `openai::x` cannot be used: "),
    ] {
        let mut command = program();
        command.args(["call", "research", "question=Why?", "--json"]).args(arguments);
        command.args(["--", &server]).env_remove("OPENAI_API_KEY");
        let run = Run::of_command(&mut command);
        assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("usage")), "{run:?}");
        let found = run.error()["message"].as_str().unwrap_or_default().to_owned();
        assert!(found.starts_with(message), "{run:?}");
    }
    for arguments in [["--model-url", "http://x"], ["--model-max-tokens", "5"]] {
        let run = Run::of(&[&["list"], &arguments[..], &["--", &server]].concat());
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains("--model <MODEL>"), "{run:?}");
    }
}

#[test]
fn a_budget_ends_the_answers() {
    for era in ERAS {
        let provider = Provider::start(vec![call()]);
        let arguments = ["--era", era, "--approve-sampling", "--model-budget", "18"];
        let run = Run::of_command(&mut provider.command(&arguments));
        assert_eq!((run.code, &*run.stdout), (Some(5), ""), "{run:?}");
        assert!(run.stderr.contains("the budget of tokens of this client is exhausted"), "{run:?}");
    }
}

#[test]
fn errors_of_the_provider_are_shown_to_the_user() {
    let body = json!({ "error": { "message": "Incorrect key\u{1b}[2J", "type": "auth" } });
    let provider = Provider::start(vec![(401, body)]);
    let run = Run::of_command(&mut provider.command(&["--approve-sampling"]));
    assert_eq!((run.code, &*run.stdout), (Some(5), ""), "{run:?}");
    assert!(run.stderr.contains("Incorrect key"), "{run:?}");
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    let provider = Provider::start(vec![text("\u{1b}]0;owned\u{7}Three.")]);
    let mut command = provider.command(&["--approve-sampling"]);
    let (code, shown) = Terminal::start_command(&mut command).finish();
    assert_eq!(code, Some(0), "{shown:?}");
    assert!(shown.contains("Three.") && !shown.contains("\u{1b}]0"), "{shown:?}");
}

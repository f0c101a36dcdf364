//! Devices and limits of the system: full, closed, or used up.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use mcp_tests::http::HttpServer;
use mcp_tests::process::{Captured, TEST_TIMEOUT, example, exit_code};
use mcp_tests::stdio::{Era, StdioServer};
use serde_json::{Value, json};

use crate::server::{Connection, good_request};

fn shell(limits: &str, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")]).arg(program);
    command
}

fn call(id: u64) -> String {
    format!("{}\n", Era::Modern.call(id, "add", json!({ "a": 2, "b": 3 })))
}

#[test]
fn a_full_device_as_the_output_ends_the_server() {
    let mut child = Command::new(example("torture"))
        .stdin(Stdio::piped())
        .stdout(File::options().write(true).open("/dev/full").unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = Captured::of(child.stderr.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    // Kept open: the server ends because its answers cannot be read.
    input.write_all(call(1).as_bytes()).unwrap();
    assert_eq!(exit_code(&mut child), Some(0), "{}", errors.text());
    assert!(!errors.text().contains("panicked"), "{}", errors.text());
}

#[test]
fn an_input_that_cannot_be_read_is_an_error() {
    let mut child = Command::new(example("torture"))
        .stdin(File::open("/").unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = Captured::of(child.stderr.take().unwrap());
    assert_eq!(exit_code(&mut child), Some(1), "{}", errors.text());
    let text = errors.wait_for("\n");
    assert!(text.contains("Is a directory"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_server_without_an_output_ends_with_its_input() {
    let mut child = shell("exec >&-", &example("torture"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = Captured::of(child.stderr.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    input.write_all(call(1).as_bytes()).unwrap();
    drop(input);
    assert_eq!(exit_code(&mut child), Some(0), "{}", errors.text());
    assert!(!errors.text().contains("panicked"), "{}", errors.text());
}

/// Number of descriptors that the server may open.
const DESCRIPTORS: usize = 256;

#[test]
fn a_server_without_descriptors_serves_again_when_there_are_some() {
    let limits = format!("ulimit -n {DESCRIPTORS}");
    let mut command = shell(&limits, &example("torture"));
    let server = HttpServer::start_command(command.args(["--http", "127.0.0.1:0"]));
    let connect = |_| TcpStream::connect(server.address).unwrap();
    let others: Vec<_> = (0..DESCRIPTORS).map(connect).collect();
    // The first one has waited the longest, and makes room.
    others[0].set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let read = (&others[0]).read(&mut [0]);
    assert!(matches!(read, Ok(0)) || is_reset(&read), "{read:?}");
    let mut served = Connection::open(server.address);
    good_call(&mut served, server.address);
    good_call(&mut served, server.address);
    drop(others);
    good_call(&mut Connection::open(server.address), server.address);
    assert!(!server.errors.text().contains("panicked"));
    assert_eq!(server.signal("TERM"), Some(0));
}

fn is_reset(read: &io::Result<usize>) -> bool {
    read.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

/// Makes a call on a connection.
fn good_call(connection: &mut Connection, address: SocketAddr) {
    connection.send(good_request(address).as_bytes());
    let response = connection.receive().expect("the server responds");
    let messages = response.messages().expect("messages");
    assert_eq!(messages[0]["result"]["structuredContent"], 5, "{messages:?}");
}

/// A request of the tasks extension.
fn request(id: u64, method: &str, params: Value) -> Value {
    let mut request = Era::Modern.request(id, method, params);
    request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
        json!({ "elicitation": {}, "extensions": { "io.modelcontextprotocol/tasks": {} } });
    request
}

#[test]
fn a_store_whose_file_may_not_grow_refuses_tasks_and_keeps_those_it_has() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("full.redb");
    // Left by an earlier run.
    let _ = std::fs::remove_file(&path);
    // A signal would end the process before the write could fail.
    let limits = "trap '' XFSZ; ulimit -f 8192";
    let mut command = shell(limits, &example("long_job"));
    let mut server = StdioServer::start_command(command.arg("--store").arg(&path));
    let subject = "x".repeat(100_000);
    let mut tasks = Vec::new();
    let refusal = loop {
        let arguments = json!({ "subject": format!("{} {subject}", tasks.len()), "sources": 1 });
        let params = json!({ "name": "write_report", "arguments": arguments });
        let id = tasks.len() as u64 + 1;
        let answer = server.ask(&request(id, "tools/call", params));
        match answer["result"]["taskId"].as_str() {
            Some(task) => tasks.push(task.to_owned()),
            None => break answer,
        }
        assert!(tasks.len() < 1000, "the file grows");
    };
    assert!(tasks.len() > 1, "{refusal}");
    assert_eq!(refusal["error"]["code"], -32603, "{refusal}");
    // The file cannot be opened again without room, and the error is the same.
    let answer = server.ask(&request(2000, "tasks/get", json!({ "taskId": tasks[0] })));
    let is_refused = answer["error"] == refusal["error"];
    assert!(is_refused || answer["result"]["status"].is_string(), "{answer}");
    let list = server.ask(&request(2001, "tools/list", json!({})));
    assert_eq!(list["result"]["tools"].as_array().map(Vec::len), Some(3), "{list}");
    let errors = server.errors.clone();
    assert_eq!(server.close().1, Some(0), "{}", errors.text());
    assert!(!errors.text().contains("panicked"), "{}", errors.text());
    // With room, the same file serves again.
    let mut server = StdioServer::start_with("long_job", &["--store", path.to_str().unwrap()]);
    for task in &tasks {
        let answer = server.ask(&request(1, "tasks/get", json!({ "taskId": task })));
        assert!(answer["result"]["status"].is_string(), "{answer}");
    }
    assert_eq!(server.close().1, Some(0));
}

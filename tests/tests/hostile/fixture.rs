//! The server under test, and its process: this test program, started once more.

use std::collections::BTreeMap;
use std::process::Command;

use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use mcp_runtime::{ProtocolError, protocol::PromptMessage};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

/// Set in the process that serves: `stdio` or `http`.
const TRANSPORT: &str = "MCP_HOSTILE_TRANSPORT";

/// Lines that the test harness prints before the server runs.
pub(crate) const HARNESS_LINES: usize = 2;

/// Add two integers.
#[tool(read_only)]
async fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// Return the text.
#[tool(read_only)]
async fn echo(text: String) -> String {
    text
}

/// Take nothing.
#[tool]
async fn nothing() -> &'static str {
    "nothing"
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Green,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read")]
struct Point {
    x: i32,
    y: i32,
    label: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only read")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

/// Take one argument of each type.
#[tool]
#[allow(clippy::too_many_arguments, reason = "one of each type")]
async fn types(
    byte: Option<u8>,
    long: Option<i64>,
    real: Option<f64>,
    single: Option<f32>,
    flag: Option<bool>,
    letter: Option<char>,
    text: Option<String>,
    list: Option<Vec<i32>>,
    map: Option<BTreeMap<String, i32>>,
    color: Option<Color>,
    point: Option<Point>,
    points: Option<Vec<Point>>,
    shape: Option<Shape>,
    pair: Option<(i32, String)>,
) -> &'static str {
    let _ = (byte, long, real, single, flag, letter, text, list, map, color, point, points);
    let _ = (shape, pair);
    "taken"
}

/// Take arguments with rules.
#[tool]
async fn rules(
    #[arg(min = 1, max = 10)] count: Option<u32>,
    #[arg(min = 0.5)] ratio: Option<f64>,
    #[arg(min_len = 2, max_len = 5)] name: Option<String>,
    #[arg(pattern = "^[a-z]+$")] word: Option<String>,
    #[arg(min_len = 1, max_len = 2)] items: Option<Vec<String>>,
) -> &'static str {
    let _ = (count, ratio, name, word, items);
    "taken"
}

/// Take arguments that have to be there.
#[tool]
async fn required(first: String, second: bool, third: Point) -> &'static str {
    let _ = (first, second, third);
    "taken"
}

/// Take arguments that are repeated in headers.
#[tool]
async fn route(
    #[arg(header = "Region")] region: Option<String>,
    #[arg(header = "Count")] count: Option<i64>,
    #[arg(header = "Loud")] loud: Option<bool>,
) -> String {
    format!("{region:?} {count:?} {loud:?}")
}

/// Panic with a message that no client may read.
#[tool]
async fn boom() -> String {
    panic!("cannot open /srv/secret-path/key.pem")
}

/// Fail.
#[tool]
async fn fail() -> Result<String, String> {
    Err("this tool always fails".to_owned())
}

/// Fail with an error of the protocol.
#[tool]
async fn refuse() -> Result<String, ProtocolError> {
    Err(ProtocolError::internal("this tool always refuses"))
}

/// Wait until cancelled.
#[tool]
async fn park() -> String {
    std::future::pending().await
}

/// A confirmation.
#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// Ask the user.
#[tool]
async fn confirm(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Confirm>("Sure?").key("sure").await?.accepted();
    Ok(answer.map_or("declined".to_owned(), |Confirm { yes }| yes.to_string()))
}

/// Run as a task only.
#[tool(task = "required")]
async fn job() -> String {
    std::future::pending().await
}

/// The note of the day.
#[resource("notes://today", mime_type = "text/plain")]
async fn today() -> &'static str {
    "a note"
}

/// A note by its number.
#[resource("notes://{id}/text", mime_type = "text/plain")]
async fn note(id: u8) -> String {
    format!("note {id}")
}

/// A page that panics.
#[resource("notes://broken", mime_type = "text/plain")]
async fn broken() -> String {
    panic!("cannot open /srv/secret-path/note")
}

/// Greet someone.
#[prompt]
async fn greet(
    #[arg(complete = names)] name: String,
    times: Option<u8>,
    color: Option<Color>,
) -> Vec<PromptMessage> {
    let _ = (times, color);
    vec![PromptMessage::user(format!("Greet {name}."))]
}

fn names(_: &str) -> [&'static str; 2] {
    ["ada", "alan"]
}

fn server() -> Server {
    Server::new("hostile", "1.0.0")
        .with::<(add, echo, nothing, types, rules, required, route)>()
        .with::<(boom, fail, refuse, park, confirm, job)>()
        .with::<(today, note, broken, greet)>()
}

/// The command that starts the server of a transport.
pub(crate) fn command(transport: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // With several threads the harness prints no name before the test.
    command
        .args(["--quiet", "--nocapture", "--test-threads=2", "--ignored", "--exact"])
        .arg("fixture::serve")
        .env(TRANSPORT, transport)
        .env("RUST_BACKTRACE", "0");
    command
}

#[test]
#[ignore = "the server process of the other tests"]
fn serve() {
    let Ok(transport) = std::env::var(TRANSPORT) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        if transport == "stdio" {
            return server().serve_stdio().await.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        server().serve_listener(listener, std::future::pending()).await.unwrap();
    });
    // Not with the summary of the harness, which is no message.
    std::process::exit(0);
}

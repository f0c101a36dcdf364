//! A report that takes long, and survives the end of its server.
//!
//! A tool with `task` is straight-line code. A client that supports tasks gets a handle at once, and
//! looks after the report from time to time; other clients wait for the result. With a path, the task is
//! in a file, so another process goes on where the first one was ended.
//!
//! Try it in a terminal, with the client of `npx @modelcontextprotocol/inspector`, or by hand:
//!
//! ```text
//! $ cargo build --example long_job
//! $ target/debug/examples/long_job --store /tmp/jobs.redb --http 127.0.0.1:8000 & server=$!
//! $ ask() {
//! >   curl --silent http://127.0.0.1:8000/mcp --header 'content-type: application/json' \
//! >     --header 'accept: application/json, text/event-stream' \
//! >     --header 'mcp-protocol-version: 2026-07-28' --header "mcp-method: $1" --header "mcp-name: $2" \
//! >     --data '{"jsonrpc":"2.0","id":1,"method":"'$1'","params":{'"$3"',"_meta":{
//! >       "io.modelcontextprotocol/protocolVersion":"2026-07-28",
//! >       "io.modelcontextprotocol/clientInfo":{"name":"curl","version":"1"},
//! >       "io.modelcontextprotocol/clientCapabilities":{"elicitation":{},
//! >         "extensions":{"io.modelcontextprotocol/tasks":{}}}}}}'; echo
//! > }
//! $ ask tools/call write_report '"name":"write_report","arguments":{"subject":"bees"}'
//! …"taskId":"0123…","status":"working"…
//! $ kill -9 $server
//! $ target/debug/examples/long_job --store /tmp/jobs.redb --http 127.0.0.1:8000 & server=$!
//! $ ask tasks/get 0123… '"taskId":"0123…"'
//! …"status":"input_required","inputRequests":{"form-89ab…":…
//! $ ask tasks/update 0123… '"taskId":"0123…","inputResponses":{"form-89ab…":
//!     {"action":"accept","content":{"publish":true}}}'
//! $ ask tasks/get 0123… '"taskId":"0123…"'
//! …"status":"completed"…
//! ```
//!
//! The server prints each step to standard error: none is done twice.

use std::time::Duration;

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;
use mcp_runtime::{ProtocolError, Store};

/// Decision of the user in the middle.
#[derive(Elicit)]
struct Decision {
    /// Publish it
    #[elicit(default = true)]
    publish: bool,
}

/// Time that each source takes.
const READING: Duration = Duration::from_millis(20);

/// Write a report on a subject. It takes some time.
#[tool(task, ttl = "1h", poll_interval = "100ms")]
async fn write_report(
    cx: &Context,
    /// Subject of the report
    #[arg(min_len = 1)]
    subject: String,
    /// Number of sources to read
    #[arg(min = 1, max = 1000)]
    sources: Option<u32>,
) -> Result<String, AskError> {
    let sources = sources.unwrap_or(10);
    // What is within `once` happens once, whatever happens to this process afterwards.
    let notes: Vec<String> = cx.once("read", async || read(cx, &subject, sources).await).await;

    let question = format!("A report on {subject} from {} sources: publish it?", notes.len());
    let publish = match cx.elicit::<Decision>(question).await? {
        Elicited::Accepted(Decision { publish }) => publish,
        Elicited::Declined | Elicited::Cancelled => false,
    };
    if !publish {
        return Ok(format!("The report on {subject} stays a draft."));
    }

    let place: String = cx.once("publish", async || publish_report(&subject).await).await;
    Ok(format!("The report on {subject} is at {place}."))
}

async fn read(cx: &Context, subject: &str, sources: u32) -> Vec<String> {
    let mut notes = Vec::new();
    for source in 1..=sources {
        tokio::time::sleep(READING).await;
        notes.push(format!("source {source} on {subject}"));
        cx.progress(f64::from(source), f64::from(sources), format!("read source {source}"));
    }
    eprintln!("read {sources} sources on {subject}");
    notes
}

async fn publish_report(subject: &str) -> String {
    eprintln!("published the report on {subject}");
    format!("https://reports.example/{}", subject.replace(' ', "-"))
}

/// Try to write a report on nothing.
#[tool(task)]
async fn write_nothing() -> Result<String, ToolError> {
    Err(ToolError::new("there is nothing to write about"))
}

/// Lose a report: the request fails.
#[tool(task)]
async fn lose_report() -> Result<String, ProtocolError> {
    Err(ProtocolError::internal("the report is lost"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server =
        Server::new("reports", env!("CARGO_PKG_VERSION"))
            .with::<(write_report, write_nothing, lose_report)>();
    let path = std::env::args().skip_while(|argument| argument != "--store").nth(1);
    if let Some(path) = path {
        server = server.store(Store::redb(path)?);
    }
    Ok(server.run().await?)
}

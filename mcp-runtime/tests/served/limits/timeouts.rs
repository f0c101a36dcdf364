//! Time limits of handlers.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ElicitResult;
use mcp_runtime::resource::Resource;
use mcp_runtime::testing::{assert_failed, assert_refused, assert_text};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::kit::{NOTHING, Outcome, clients, clients_with, soon};

const LIMIT: Duration = Duration::from_secs(30);

/// What handlers report of their end.
type Log = Arc<Mutex<Vec<&'static str>>>;

struct Dropped(Log);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("dropped");
    }
}

/// Never end.
#[tool]
async fn stuck(log: &State<Log>) {
    let _dropped = Dropped(Arc::clone(log));
    pending().await
}

/// Never end, within a limit of its own.
#[tool(timeout = "250ms")]
async fn hurried() {
    pending().await
}

/// Take almost a minute.
#[tool(timeout = "none")]
async fn patient() -> &'static str {
    sleep(Duration::from_secs(55)).await;
    "done"
}

/// Take as long as one likes.
#[tool(timeout = "10m")]
async fn slow() -> &'static str {
    sleep(Duration::from_secs(55)).await;
    "done"
}

/// Clean up when it is cancelled.
#[tool(cancel = "cooperative")]
async fn tidy(cx: Context, ends: State<mpsc::UnboundedSender<&'static str>>) {
    cx.cancelled().await;
    sleep(Duration::from_secs(1)).await;
    ends.send("tidied").unwrap();
}

#[derive(Elicit)]
struct Confirm {
    /// Go on
    yes: bool,
}

/// Ask, and work before and after.
#[tool(timeout = "10s")]
async fn ask(cx: &Context) -> Result<String, AskError> {
    sleep(Duration::from_secs(4)).await;
    let answer = cx.elicit::<Confirm>("Sure?").await?;
    sleep(Duration::from_secs(4)).await;
    Ok(format!("{}", matches!(answer, Elicited::Accepted(Confirm { yes: true }))))
}

/// Ask, and then never end.
#[tool(timeout = "10s")]
async fn ask_and_hang(cx: &Context) -> Result<String, AskError> {
    cx.elicit::<Confirm>("Sure?").await?;
    pending().await
}

/// A slow note.
#[resource("notes://{name}")]
async fn note(name: String) -> String {
    pending::<()>().await;
    name
}

/// A slow prompt.
#[prompt(timeout = "20s")]
async fn greet() -> String {
    pending().await
}

fn server() -> Server {
    let (ends, _) = mpsc::unbounded_channel();
    server_with(Log::default(), ends)
}

fn server_with(log: Log, ends: mpsc::UnboundedSender<&'static str>) -> Server {
    let schema = r#"{"type":"object"}"#;
    let dynamic = Tool::new("dynamic", schema, async |_, _| pending::<String>().await)
        .description("Never end.")
        .timeout(Duration::from_secs(3));
    let file = Resource::new("files://a", "a", async |_: Context, _| pending::<String>().await)
        .timeout(Duration::from_secs(4));
    Server::new("limits", "1")
        .with::<(stuck, hurried, patient, slow, tidy, ask, ask_and_hang, note, greet)>()
        .tool(dynamic)
        .resource(file)
        .state(log)
        .state(ends)
        .handler_timeout(LIMIT)
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_too_long_is_cancelled() -> Outcome {
    let log = Log::default();
    let make = || server_with(Arc::clone(&log), mpsc::unbounded_channel().0);
    for client in clients(make).await? {
        log.lock().unwrap().clear();
        let result = client.call("stuck", ()).await?;
        assert_failed(&result, "`stuck` did not finish within 30s and was cancelled; ");
        assert_eq!(*log.lock().unwrap(), ["dropped"]);
        assert_failed(&client.call("hurried", ()).await?, "within 250ms");
        assert_failed(&client.call("dynamic", ()).await?, "within 3s");
        assert_text(&client.call("patient", ()).await?, "done");
        assert_text(&client.call("slow", ()).await?, "done");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn resources_and_prompts_end_with_an_error() -> Outcome {
    for client in clients(server).await? {
        let read = client.read("notes://a").await;
        assert_refused(
            &read,
            ErrorCode::INTERNAL_ERROR,
            "resources/read did not finish within 30s",
        );
        let read = client.read("files://a").await;
        assert_refused(&read, ErrorCode::INTERNAL_ERROR, "resources/read did not finish within 4s");
        let prompt = client.prompt("greet", NOTHING).await;
        assert_refused(&prompt, ErrorCode::INTERNAL_ERROR, "prompts/get did not finish within 20s");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_cooperative_tool_hears_of_the_end() -> Outcome {
    let (ends, mut ended) = mpsc::unbounded_channel();
    for client in clients(|| server_with(Log::default(), ends.clone())).await? {
        assert_failed(&client.call("tidy", ()).await?, "within 30s");
        assert_eq!(soon(ended.recv()).await, Some("tidied"));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_user_does_not_count() -> Outcome {
    let slow_user = |builder: mcp_runtime::testing::TestClientBuilder| {
        builder.configure(|client| {
            client.on_form(async |_| {
                sleep(Duration::from_secs(50)).await;
                ElicitResult::accept([("yes".to_owned(), json!(true))].into_iter().collect())
            })
        })
    };
    for client in clients_with(server, slow_user).await? {
        assert_text(&client.call("ask", ()).await?, "true");
        assert_failed(&client.call("ask_and_hang", ()).await?, "within 10s");
    }
    Ok(())
}

/// Take longer than a call may.
#[tool(task, timeout = "5s")]
async fn long() -> &'static str {
    sleep(Duration::from_secs(60)).await;
    "done"
}

#[tokio::test(start_paused = true)]
async fn a_task_has_its_time_to_live_instead() -> Outcome {
    for client in clients(|| Server::new("limits", "1").with::<long>()).await? {
        assert_failed(&client.call("long", ()).await?, "within 5s");
        let task = client.call("long", ()).as_task().await?;
        assert_text(&task.await?, "done");
    }
    Ok(())
}

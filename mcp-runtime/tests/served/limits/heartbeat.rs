//! Progress while a handler is silent.

use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_text};
use serde_json::json;
use tokio::time::sleep;

use crate::kit::{NOTHING, Outcome, clients};

/// Work for a while, and report at some time.
#[tool]
async fn work(cx: &Context, seconds: u64, report_after: Option<u64>) -> &'static str {
    if let Some(after) = report_after {
        sleep(Duration::from_secs(after)).await;
        cx.progress(3.0, 10.0, "three");
    }
    sleep(Duration::from_secs(seconds - report_after.unwrap_or_default())).await;
    "done"
}

/// Work for a minute.
#[resource("work://done")]
async fn worked() -> &'static str {
    sleep(Duration::from_secs(65)).await;
    "done"
}

/// Work for a minute.
#[prompt]
async fn ready() -> &'static str {
    sleep(Duration::from_secs(65)).await;
    "done"
}

/// Work as a task.
#[tool(task)]
async fn job() -> &'static str {
    sleep(Duration::from_secs(65)).await;
    "done"
}

fn silent() -> Server {
    Server::new("work", "1").with::<(work, worked, ready, job)>()
}

fn server() -> Server {
    silent().progress_heartbeat(Duration::from_secs(20))
}

/// Progress since the last call of this.
fn progress(client: &TestClient, seen: &mut usize) -> Vec<(f64, Option<f64>, Option<String>)> {
    let all = client.progress();
    let new = all[*seen..].iter();
    let new = new.map(|one| (one.progress, one.total, one.message.clone())).collect();
    *seen = all.len();
    new
}

#[tokio::test(start_paused = true)]
async fn a_silent_handler_shows_that_it_is_alive() -> Outcome {
    for client in clients(server).await? {
        let mut seen = 0;
        assert_text(&client.call("work", json!({ "seconds": 65 })).await?, "done");
        let values = progress(&client, &mut seen);
        assert_eq!(values.len(), 3, "{values:?}");
        assert!(values.is_sorted_by(|one, next| one.0 < next.0), "{values:?}");
        assert!(values[2].0 < 0.001, "{values:?}");
        client.read("work://done").await?;
        assert_eq!(progress(&client, &mut seen).len(), 3);
        client.prompt("ready", NOTHING).await?;
        assert_eq!(progress(&client, &mut seen).len(), 3);
        client.call("work", json!({ "seconds": 19 })).await?;
        assert_eq!(progress(&client, &mut seen), []);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_waits_after_what_the_handler_reports() -> Outcome {
    for client in clients(server).await? {
        client.call("work", json!({ "seconds": 65, "report_after": 30 })).await?;
        // At 20, 30 and 50 seconds.
        let values = progress(&client, &mut 0);
        assert_eq!(values.len(), 3, "{values:?}");
        assert_eq!(values[1], (3.0, Some(10.0), Some("three".into())));
        let (value, total, message) = &values[2];
        assert!(*value > 3.0 && *value < 3.001, "{values:?}");
        assert_eq!((*total, message.as_deref()), (Some(10.0), Some("three")));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn it_is_off_by_default_and_for_tasks() -> Outcome {
    for client in clients(silent).await? {
        client.call("work", json!({ "seconds": 55 })).await?;
        assert_eq!(client.progress().len(), 0);
    }
    for client in clients(server).await? {
        assert_text(&client.call("job", ()).as_task().await?.await?, "done");
        assert_eq!(client.progress().len(), 0);
    }
    Ok(())
}

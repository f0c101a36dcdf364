//! Progress and log messages that come faster than they may be sent.

use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::protocol::LoggingLevel;
use mcp_runtime::testing::assert_text;
use serde_json::json;
use tokio::sync::Notify;

use crate::kit::{Outcome, clients, is_modern};

/// Report a burst of progress, and return.
#[tool]
async fn burst(cx: &Context, steps: u32) -> &'static str {
    for step in 1..=steps {
        cx.progress(step.into(), 0.0, format!("step {step}"));
    }
    "done"
}

/// Report more progress than a client is kept that does not read.
#[tool]
async fn burst_of_megabytes(cx: &Context) -> &'static str {
    let message = "x".repeat(1 << 20);
    for step in 1..=20 {
        cx.progress(f64::from(step), 0.0, &message);
    }
    "done"
}

/// Report a burst of progress, and go on for a minute.
#[tool]
async fn burst_and_wait(cx: &Context, go: &State<Notify>) -> &'static str {
    for step in 1..=1000 {
        cx.progress(f64::from(step), 0.0, "");
    }
    go.notified().await;
    "done"
}

/// Report progress from another task.
#[tool(cancel = "cooperative")]
async fn burst_apart(cx: Context) -> &'static str {
    let reporting = cx.clone();
    let task = tokio::spawn(async move {
        for step in 1..=1000 {
            reporting.progress(f64::from(step), 0.0, "");
        }
        std::future::pending::<()>().await;
    });
    task.await.map_or("failed", |()| "done")
}

/// Log many messages.
#[tool]
async fn talk(cx: &Context, count: u32) -> &'static str {
    for number in 0..count {
        cx.log(LoggingLevel::Info, number);
    }
    cx.log(LoggingLevel::Error, "a failure");
    "done"
}

fn server() -> Server {
    Server::new("floods", "1.0")
        .with::<(burst, burst_of_megabytes, burst_and_wait, burst_apart, talk)>()
        .state(Notify::new())
}

#[tokio::test(start_paused = true)]
async fn the_last_progress_of_a_burst_precedes_the_result() -> Outcome {
    for client in clients(server).await? {
        for (steps, count) in [(1_u32, 1), (32, 32), (33, 33), (10_000, 33)] {
            let before = client.progress().len();
            assert_text(&client.call("burst", json!({ "steps": steps })).await?, "done");
            let progress = client.progress();
            assert_eq!(progress.len() - before, count, "{steps}");
            let last = progress.last().unwrap();
            assert_eq!(last.progress, f64::from(steps));
            assert_eq!(last.message, Some(format!("step {steps}")));
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_last_progress_arrives_although_the_client_reads_slowly() -> Outcome {
    for client in clients(server).await? {
        assert_text(&client.call("burst_of_megabytes", ()).await?, "done");
        let progress = client.progress();
        assert!(progress.len() < 20, "{}", progress.len());
        assert_eq!(progress.last().map(|last| last.progress), Some(20.0));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_last_progress_of_a_burst_arrives_while_the_handler_goes_on() -> Outcome {
    for client in clients(server).await? {
        for tool in ["burst_and_wait", "burst_apart"] {
            let call = client.call(tool, ());
            let call = tokio::spawn(call.into_future());
            let arrived = async {
                while client.progress().last().map(|last| last.progress) != Some(1000.0) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let started = tokio::time::Instant::now();
            arrived.await;
            assert!(started.elapsed() < Duration::from_secs(1), "{tool}: {:?}", started.elapsed());
            call.abort();
            let _ = call.await;
            client.call("burst", json!({ "steps": 1 })).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn log_messages_of_a_request_are_limited() -> Outcome {
    for client in clients(server).await? {
        client.set_log_level(LoggingLevel::Debug).await?;
        client.call("talk", json!({ "count": 10_000 })).await?;
        let logs = client.logs();
        // A slow machine may be allowed a few more.
        let numbers = logs.iter().filter_map(|log| log.data.as_u64()).count();
        assert!((100..1000).contains(&numbers), "{numbers}");
        let texts: Vec<_> = logs.iter().filter_map(|log| log.data.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains("left out")), "{texts:?}");
        assert_eq!(texts.last(), Some(&"a failure"), "{texts:?}");
        // Each request has its own limit.
        client.call("talk", json!({ "count": 3 })).await?;
        let numbers: Vec<_> =
            client.logs()[logs.len()..].iter().filter_map(|log| log.data.as_u64()).collect();
        assert_eq!(numbers, [0, 1, 2], "{}", is_modern(&client));
    }
    Ok(())
}

//! Tasks, which run to their end whatever fails, or are refused before they begin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::at_each_operation;
use crate::client::Error;
use crate::jsonrpc::ErrorCode;
use crate::prelude::*;
use crate::store::faulty::{Faults, faulty};
use crate::testing::TestClient;

/// A name.
#[derive(Elicit)]
#[elicit(crate = crate)]
struct Name {
    name: String,
}

/// Number of effects.
type Effects = Arc<AtomicUsize>;

/// Take a step, ask and answer.
#[tool(task, crate = crate)]
async fn job(cx: &Context, effects: State<Effects>) -> Result<String, ToolError> {
    let step = cx.once("step", async || effects.fetch_add(1, Ordering::SeqCst)).await;
    let name = cx.elicit::<Name>("Who?").await?.accepted();
    let name = name.map(|Name { name }| name).unwrap_or_default();
    Ok(format!("{step} {name}"))
}

/// Add two integers.
#[tool(crate = crate)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

async fn run(faults: &Faults, what: &str) {
    let effects = Effects::default();
    let server = Server::new("faults", "1.0.0")
        .with::<(job, add)>()
        .state(Arc::clone(&effects))
        .store(faulty(faults));
    let client = TestClient::of(server)
        .answers("Who?", json!({ "name": "ann" }))
        .connect()
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    match client.call("job", ()).await {
        Ok(result) => assert_eq!(result.content[0].as_text(), Some("0 ann"), "{what}"),
        Err(Error::Remote(error)) => {
            assert_eq!(error.code, ErrorCode::INTERNAL_ERROR, "{what}: {error}");
            assert!(error.message.contains("again later"), "{what}: {error}");
        }
        Err(error) => panic!("{what}: {error:?}"),
    }
    assert!(effects.load(Ordering::SeqCst) <= 1, "{what}: an effect is repeated");
    let sum = client.call("add", json!({ "a": 2, "b": 3 })).await;
    assert_eq!(sum.unwrap().content[0].as_text(), Some("5"), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_or_is_refused() {
    at_each_operation(run).await;
}

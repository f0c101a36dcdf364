//! A resource that changes, and a list of resources that changes, triggered by tools: for tests of
//! notifications.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::AddComponentError;
use mcp_runtime::prelude::*;
use mcp_runtime::resource::Resource;

/// Count up, and notify subscribers of every step.
#[tool]
async fn count(cx: &Context, counter: &State<Arc<AtomicU64>>, steps: u64) -> u64 {
    for _ in 0..steps {
        counter.fetch_add(1, Ordering::Relaxed);
        cx.server().resource_updated("counter://value");
    }
    counter.load(Ordering::Relaxed)
}

/// Add a counter that never changes.
#[tool]
fn add(cx: &Context, name: &str) -> Result<String, AddComponentError> {
    let uri = format!("counter://{name}");
    let still = Resource::new(&uri, name, |_cx, _variables| async { "0" });
    cx.server().add_resource(still.description("A counter that never changes"))?;
    Ok(uri)
}

/// Remove a counter, and return whether it existed.
#[tool]
fn remove(cx: &Context, name: &str) -> bool {
    cx.server().remove_resource(&format!("counter://{name}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let counter = Arc::new(AtomicU64::new(0));
    let read = Arc::clone(&counter);
    let resource = Resource::new("counter://value", "counter", move |_cx, _variables| {
        let value = read.load(Ordering::Relaxed).to_string();
        async move { value }
    });
    Server::new("watched", env!("CARGO_PKG_VERSION"))
        .with::<(count, add, remove)>()
        .resource(resource.description("The number of steps so far"))
        .state(counter)
        .run()
        .await?;
    Ok(())
}

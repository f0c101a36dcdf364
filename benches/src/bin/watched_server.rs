//! Our server with one resource that changes as often as a tool is told to change it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::prelude::*;

/// Change the resource some times, and tell of every change.
#[tool]
async fn change(cx: &Context, value: &State<Arc<AtomicU64>>, times: u64) -> u64 {
    for _ in 0..times {
        value.fetch_add(1, Ordering::Relaxed);
        cx.server().resource_updated("bench://value");
        // Who is woken gets its turn, as it would between changes that have a cause.
        tokio::task::yield_now().await;
    }
    value.load(Ordering::Relaxed)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let value = Arc::new(AtomicU64::new(0));
    let read = Arc::clone(&value);
    let resource = Resource::new("bench://value", "value", move |_cx, _variables| {
        let value = read.load(Ordering::Relaxed).to_string();
        async move { value }
    });
    Server::new("watched", "1.0.0")
        .with::<change>()
        .resource(resource.description("A number"))
        .state(value)
        .run()
        .await?;
    Ok(())
}

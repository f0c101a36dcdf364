//! A server with one resource. A tool changes it a given number of times.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::prelude::*;

/// Changes the resource `times` times, with a notification each.
#[tool]
async fn change(cx: &Context, value: &State<Arc<AtomicU64>>, times: u64) -> u64 {
    for _ in 0..times {
        value.fetch_add(1, Ordering::Relaxed);
        cx.server().resource_updated("bench://value");
        // Gives the subscribers a turn, as between changes that come from outside.
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

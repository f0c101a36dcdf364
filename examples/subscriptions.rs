//! A clock: a resource that changes, and notifies subscribers.
//!
//! `cargo run -p mcp-examples --example subscriptions -- --http 127.0.0.1:8000`, or without arguments for stdio.
//! Clients up to 2025-11-25 subscribe with `resources/subscribe`, clients of 2026-07-28 with
//! `subscriptions/listen`.

use std::sync::atomic::{AtomicI8, Ordering};
use std::time::{Duration, SystemTime};

use mcp_runtime::ServerHandle;
use mcp_runtime::prelude::*;

const NOW: &str = "clock://now";

/// Offset from UTC in hours.
#[derive(Default)]
struct Offset(AtomicI8);

/// The time of day.
#[resource("clock://now", mime_type = "text/plain")]
async fn now(offset: &State<Offset>) -> String {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let hours = i64::from(offset.0.load(Ordering::Relaxed));
    let seconds = (since.as_secs().cast_signed() + hours * 3600).rem_euclid(24 * 3600);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Set the clock to another time zone.
#[tool]
async fn set_zone(
    cx: &Context,
    offset: &State<Offset>,
    /// Hours ahead of UTC
    #[arg(min = -12, max = 14)]
    hours: i8,
) {
    offset.0.store(hours, Ordering::Relaxed);
    // Subscribers read the clock again at once.
    cx.server().resource_updated(NOW);
}

/// Notifies subscribers every second. This is cheap without subscribers. Notifications for slow
/// readers are merged, so there is nothing to check or wait for.
async fn tick(server: ServerHandle) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        server.resource_updated(NOW);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut server = Server::new("subscriptions", env!("CARGO_PKG_VERSION"))
        .with::<(now, set_zone)>()
        .state(Offset::default());
    tokio::spawn(tick(server.handle()));
    // At the end of input or on Ctrl-C, all subscriptions are closed with a final message.
    server.run().await?;
    Ok(())
}

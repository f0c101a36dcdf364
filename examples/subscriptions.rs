//! A clock: a resource that changes by itself, and clients that hear of it.
//!
//! `cargo run --example subscriptions -- --http 127.0.0.1:8000`, or without arguments for stdio.
//! Sessions up to 2025-11-25 watch it with `resources/subscribe`, clients of 2026-07-28 with
//! `subscriptions/listen`.

use std::sync::atomic::{AtomicI8, Ordering};
use std::time::{Duration, SystemTime};

use mcp_runtime::ServerHandle;
use mcp_runtime::prelude::*;

const NOW: &str = "clock://now";

/// How many hours the clock is ahead of UTC.
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
    // Clients that watch the clock read it again at once.
    cx.server().resource_updated(NOW);
}

/// Announces every second. That costs next to nothing while nobody watches, and who reads too
/// slowly hears only of the last change, so there is no one to ask and nothing to wait for.
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
    // When the input ends, or upon Ctrl-C, every listener is told that this was all.
    server.run().await?;
    Ok(())
}

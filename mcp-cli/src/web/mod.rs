//! The inspector: a page in the browser that calls a server and shows its messages.
//!
//! ```text
//! browser ── fetch, JSON ──▶ api ──▶ Runs, Questions ──▶ Client of an era ──▶ server
//!         ◀── events ─────── Hub ◀── Wire, Connection ◀──┘
//! ```
//!
//! - `guard` protects the API: a token in a header, the names of the host and of the origin.
//! - Each era of the protocol has a [`Connection`](connection::Connection), which connects again when it ends.
//! - All state is bounded: the messages that are kept, the runs that have ended, what waits for a browser.
//! - A browser that connects gets a snapshot of the state, and then each change as an event.

mod api;
mod connection;
mod guard;
mod hub;
mod inspector;
mod questions;
mod runs;
mod serve;
mod source;
mod wire;

use clap::Args;
use mcp_runtime::client;
use serde::{Deserialize, Serialize};

pub(crate) use self::inspector::Inspector;
pub(crate) use self::serve::Page;
pub(crate) use self::source::Source;

/// Arguments of the page.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Page")]
pub(crate) struct PageArguments {
    /// Port of the page; a free one by default
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "page")]
    pub(crate) port: u16,
    /// Does not open the page in a browser
    #[arg(long, requires = "page")]
    pub(crate) no_open: bool,
}

/// Era of the protocol, as the page names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Era {
    Modern,
    Legacy,
}

impl Era {
    pub(crate) const BOTH: [Self; 2] = [Self::Modern, Self::Legacy];
}

impl From<Era> for client::Era {
    fn from(era: Era) -> Self {
        match era {
            Era::Modern => Self::Modern,
            Era::Legacy => Self::Legacy,
        }
    }
}

/// Milliseconds since 1970, by the clock of this machine.
fn now_ms() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

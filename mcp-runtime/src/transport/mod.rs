//! Transports: they carry bytes, statuses and headers, and leave the rest to `server/connection`.
//!
//! WebAssembly has neither the signals of `run` nor the thread of `stdio`.

mod command_line;
#[cfg(feature = "http")]
pub(crate) mod http;
mod listen_address;
pub(crate) mod pipe;
#[cfg(feature = "metrics")]
pub(crate) mod prometheus;
pub(crate) mod responder;
#[cfg(not(target_family = "wasm"))]
mod run;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod stdio;
pub(crate) mod stream;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::component::app::App;

/// Time that the handlers have to be dropped once they are cancelled.
const DROP_TIMEOUT: Duration = Duration::from_millis(100);

/// Prints the warning about a server that offers nothing, unless a subscriber of `tracing` has
/// received it.
fn warn_of_nothing(app: &App) {
    if let Some(warning) = app.warning()
        && !tracing::event_enabled!(tracing::Level::WARN)
    {
        // There is no other place to print to.
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }
}

/// Drops a server that is served no more, and waits until its state is dropped, unless something holds it.
async fn dropped(app: Arc<App>) {
    let ended = app.presence.ended();
    drop(app);
    if clock::timeout(DROP_TIMEOUT, ended).await.is_err() {
        tracing::debug!("the state of the server is still in use");
    }
}

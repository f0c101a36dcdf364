//! Transports: they carry bytes, statuses and headers, and leave the rest to `server/connection`.

mod command_line;
#[cfg(feature = "http")]
pub(crate) mod http;
mod line_breaks;
mod pipe;
mod run;
pub(crate) mod stdio;
pub(crate) mod stream;

use std::time::Duration;

/// Time that the handlers have to be dropped once they are cancelled.
const DROP_TIMEOUT: Duration = Duration::from_millis(100);

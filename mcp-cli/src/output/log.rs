//! Diagnostics of the client, on standard error.

use std::fmt::{Debug, Write as _};

use owo_colors::OwoColorize as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::{plain, screen};

/// Target of what servers write to standard error.
const STDERR: &str = "mcp_runtime::client::stderr";

/// Prints what servers write to standard error, and warnings; with `is_verbose`, all of it.
pub(crate) fn install(is_verbose: bool) {
    let subscriber = tracing_subscriber::registry().with(Printer { is_verbose });
    // There is no other one in this process.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct Printer {
    is_verbose: bool,
}

impl<S: Subscriber> Layer<S> for Printer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (target, level) = (event.metadata().target(), *event.metadata().level());
        let is_stderr = target == STDERR;
        let is_own = target.starts_with("mcp_");
        let max = if self.is_verbose { Level::TRACE } else { Level::WARN };
        if !(is_stderr || is_own && level <= max) {
            return;
        }
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        let text = plain(&text);
        screen::note(match is_stderr {
            true => text.dimmed().to_string(),
            false => format!("{} {text}", level.as_str().to_lowercase().dimmed()),
        });
    }
}

/// Writes the message of an event, and its fields behind it.
struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

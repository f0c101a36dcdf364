//! Diagnostics of the client, on standard error.

use std::fmt::{Debug, Write as _};

use mcp_runtime::client::Direction;
use owo_colors::OwoColorize as _;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::{plain, screen};

/// Target of what servers write to standard error.
const STDERR: &str = "mcp_runtime::client::stderr";

/// Target of the messages of client and server.
const WIRE: &str = "mcp_cli::wire";

/// Shows a message of the protocol, if all is shown.
pub(crate) fn message(direction: Direction, text: &str) {
    let arrow = match direction {
        Direction::Sent => "-->",
        Direction::Received => "<--",
    };
    tracing::trace!(target: WIRE, "{arrow} {text}");
}

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
        let is_raw = [STDERR, WIRE].contains(&target);
        let is_own = target.starts_with("mcp_");
        let max = if self.is_verbose { Level::TRACE } else { Level::WARN };
        if !(target == STDERR || is_own && level <= max) {
            return;
        }
        let mut text = String::new();
        event.record(&mut Text(&mut text));
        let text = plain(&text);
        screen::note(match is_raw {
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

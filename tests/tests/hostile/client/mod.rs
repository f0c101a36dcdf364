//! The client half: what bad servers send.

mod ask;
mod http;
mod pipe;
mod script;

pub(crate) use self::http::read as read_request;
use crate::message::Speaker;
use crate::rows::{Row, Table};

/// Rows that servers send over a pipe, as the body of a response and as events.
pub(crate) const MESSAGES: &[&str] = &[
    "client/text.rows",
    "client/envelope.rows",
    "client/results.rows",
    "client/lists.rows",
    "client/opening.rows",
    "client/notifications.rows",
    "client/questions.rows",
    "client/input.rows",
];

/// Rows of HTTP responses.
pub(crate) const RESPONSES: &[&str] = &["client/responses.rows", "client/events.rows"];

/// The way in which a server sends its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Pipe,
    /// One message in the body of a response.
    Json,
    /// Messages in events.
    Events,
    /// Responses as the rows write them.
    Http,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Pipe => "pipe",
            Self::Json => "json",
            Self::Events => "events",
            Self::Http => "http",
        }
    }
}

/// Runs a row: a client connects and asks, and then makes a good call. Returns the outcome of the question,
/// and what the client sent besides.
async fn run(row: &Row, speaker: Speaker, way: Way) -> Vec<String> {
    match way {
        Way::Pipe => pipe::run(row, speaker).await,
        _ => http::run(row, speaker, way).await,
    }
}

async fn run_all(tables: &mut [Table], way: Way) {
    for speaker in Speaker::BOTH {
        let variant = format!("{}-{}", speaker.era(), way.name());
        for row in tables.iter_mut().flat_map(|table| &mut table.rows) {
            if row.runs_in(&variant) {
                let outcome = run(row, speaker, way).await;
                row.received.push((variant.clone(), outcome));
            }
        }
    }
}

// Time is paused, so a request that gets no answer runs into its timeout at once.
#[tokio::test(start_paused = true)]
async fn bad_servers() {
    let mut messages: Vec<_> = MESSAGES.iter().map(|name| Table::read(name)).collect();
    for way in [Way::Pipe, Way::Json, Way::Events] {
        run_all(&mut messages, way).await;
    }
    let mut responses: Vec<_> = RESPONSES.iter().map(|name| Table::read(name)).collect();
    run_all(&mut responses, Way::Http).await;
    let tables = messages.into_iter().chain(responses);
    let faults: Vec<_> = tables.filter_map(|table| table.finish().err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

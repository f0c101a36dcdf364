//! The server half: what bad clients send.

mod http;
mod pipe;
mod socket;

pub(crate) use self::http::Connection;
pub(crate) use self::socket::good_request;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::answers::{rendered, with_short_runs};
use crate::message::Speaker;
use crate::rows::{Row, Table};

/// Rows that are sent over both transports.
pub(crate) const SHARED: &[&str] = &[
    "server/text.rows",
    "server/envelope.rows",
    "server/ids.rows",
    "server/params.rows",
    "server/meta.rows",
    "server/opening.rows",
    "server/arrays.rows",
    "server/tools.rows",
    "server/arguments.rows",
    "server/rules.rows",
    "server/resources.rows",
    "server/prompts.rows",
    "server/completions.rows",
    "server/lists.rows",
    "server/logging.rows",
    "server/subscriptions.rows",
    "server/questions.rows",
    "server/tasks.rows",
];

/// Rows about HTTP.
pub(crate) const HTTP: &[&str] = &["http/guard.rows", "http/headers.rows", "http/sessions.rows"];

/// Rows about what is no HTTP, or not quite.
pub(crate) const SOCKET: &[&str] = &["http/framing.rows"];

/// Values of earlier answers of a row, by name.
#[derive(Default)]
struct Captured(BTreeMap<&'static str, String>);

impl Captured {
    /// Notes the values of an answer that later messages may repeat.
    fn note(&mut self, answer: &Value) {
        for (name, member) in [("state", "requestState"), ("task", "taskId")] {
            if let Some(value) = answer["result"][member].as_str() {
                self.0.entry(name).or_insert_with(|| value.to_owned());
            }
        }
    }

    /// The value of a name. A mark behind the name changes it: `!` one character, `-` cuts it in half.
    fn value(&self, name: &str) -> Option<String> {
        let plain = name.trim_end_matches(['!', '-']);
        let value = self.0.get(plain)?;
        let half = value.len() / 2;
        Some(match &name[plain.len()..] {
            "!" => {
                let other = if value.as_bytes()[half] == b'A' { "B" } else { "A" };
                format!("{}{other}{}", &value[..half], &value[half + 1..])
            }
            "-" => value[..half].to_owned(),
            _ => value.clone(),
        })
    }

    /// Renders an answer, with the names in the place of the values.
    fn rendered(&self, answer: &Value, is_modern: bool) -> String {
        let mut text = rendered(answer, is_modern);
        for (name, value) in &self.0 {
            text = text.replace(value, &format!("⟦{name}⟧"));
        }
        // One that is still there was not captured.
        if let Some(state) = answer["result"]["requestState"].as_str() {
            text = text.replace(state, "⟦later state⟧");
        }
        with_short_runs(&text)
    }
}

/// Runs rows in the variants of a transport.
trait Driver {
    /// Sends the messages of a row, then makes a good call. Returns the answers to the row.
    fn run(&mut self, row: &Row) -> Vec<String>;
}

fn run_all(tables: &mut [Table], variant: &str, driver: &mut dyn Driver) {
    let rows = tables.iter_mut().flat_map(|table| &mut table.rows);
    for row in rows.filter(|row| row.runs_in(variant)) {
        let answers = driver.run(row);
        row.received.push((variant.to_owned(), answers));
    }
}

/// Number of handlers in rows that panic.
fn panics(tables: &[Table], variant: &str) -> usize {
    let rows = tables.iter().flat_map(|table| &table.rows);
    rows.filter(|row| row.runs_in(variant) && row.is("panics")).count()
}

#[test]
fn bad_clients() {
    let read = |names: &[&str]| names.iter().map(|name| Table::read(name)).collect::<Vec<_>>();
    let mut shared = read(SHARED);
    for speaker in Speaker::BOTH {
        let variant = format!("{}-stdio", speaker.era());
        let mut pipe = pipe::Pipes::new(speaker);
        run_all(&mut shared, &variant, &mut pipe);
        pipe.close(panics(&shared, &variant));
    }
    let mut over_http = read(HTTP);
    let mut server = http::Server::start();
    let mut expected = 0;
    for speaker in Speaker::BOTH {
        let variant = format!("{}-http", speaker.era());
        let mut client = http::Client::new(server.address(), speaker);
        run_all(&mut shared, &variant, &mut client);
        run_all(&mut over_http, &variant, &mut client);
        expected += panics(&shared, &variant) + panics(&over_http, &variant);
    }
    let mut sockets = read(SOCKET);
    run_all(&mut sockets, "modern-http", &mut socket::Sockets::new(server.address()));
    server.check(expected);
    let tables = shared.into_iter().chain(over_http).chain(sockets);
    let faults: Vec<_> = tables.filter_map(|table| table.finish().err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

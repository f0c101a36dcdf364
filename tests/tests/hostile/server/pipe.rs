//! Rows over stdio.

use std::collections::BTreeMap;

use mcp_tests::stdio::StdioServer;
use serde_json::{Value, json};

use super::{Captured, Driver};
use crate::fixture::{HARNESS_LINES, command};
use crate::message::Speaker;
use crate::rows::Row;

/// Server processes by the revision that their client has opened: one for almost all rows.
pub(super) struct Pipes {
    speaker: Speaker,
    servers: BTreeMap<String, StdioServer>,
    /// Number of panics in processes that have ended.
    panics: usize,
    good_calls: usize,
}

impl Pipes {
    pub(super) fn new(speaker: Speaker) -> Self {
        Self { speaker, servers: BTreeMap::new(), panics: 0, good_calls: 0 }
    }

    fn server_of(&mut self, row: &Row) -> StdioServer {
        let revision = revision_of(row);
        if let Some(server) = self.servers.remove(revision) {
            return server;
        }
        let mut server = StdioServer::start_command(&mut command("stdio"));
        server.skip_lines(HARNESS_LINES);
        if !self.speaker.is_modern && revision != "fresh" {
            server.handshake(revision);
        }
        server
    }

    /// Ends all servers.
    pub(super) fn close(mut self, panics: usize) {
        for (_, server) in std::mem::take(&mut self.servers) {
            self.end(server);
        }
        assert_eq!(self.panics, panics, "panics of {}", self.speaker.era());
    }

    fn end(&mut self, server: StdioServer) {
        let errors = server.errors.clone();
        assert_eq!(server.close(), (vec![], Some(0)), "{}", errors.text());
        self.panics += errors.text().matches("panicked").count();
    }

    /// Makes a good call. Returns the answers that come before its own, and behind it those that are
    /// `missing`: on a busy machine, answers of handlers may change their order.
    fn good_call(&mut self, server: &mut StdioServer, row: &Row, missing: usize) -> Vec<Value> {
        self.good_calls += 1;
        let id = format!("good {}", self.good_calls);
        server.send_line(self.speaker.good_call(&id).bytes);
        let (mut answers, mut is_answered) = (Vec::new(), false);
        while !is_answered || answers.len() < missing {
            let answer = server.answer();
            if answer["id"] == *id {
                assert_eq!(answer["result"]["content"][0]["text"], "5", "{}: {answer}", row.name);
                is_answered = true;
            } else {
                answers.push(answer);
            }
        }
        answers
    }
}

fn revision_of(row: &Row) -> &str {
    if row.is("fresh") { "fresh" } else { row.flag("revision").unwrap_or("2025-11-25") }
}

impl Driver for Pipes {
    fn run(&mut self, row: &Row) -> Vec<String> {
        let mut server = self.server_of(row);
        let mut captured = Captured::default();
        let mut answers = Vec::new();
        for (mark, line) in row.input.iter().filter(|(mark, _)| mark.starts_with('>')) {
            let message = self.speaker.message(mark, line, &|name| captured.value(name));
            server.send_line(message.bytes);
            if row.is("steps") {
                let answer = server.answer();
                captured.note(&answer);
                answers.push(answer);
            }
        }
        let slow: usize = row.flag("wait").map_or(0, |count| count.parse().unwrap());
        answers.extend((0..slow).map(|_| server.answer()));
        let is_unopened = row.is("fresh") && !self.speaker.is_modern && !row.is("opens");
        if is_unopened {
            // Control messages are answered at once, so this comes after all answers to the row.
            answers.extend(server.answers_before_ping());
            server.handshake("2025-11-25");
        }
        let expected = row.number_of_answers(&format!("{}-stdio", self.speaker.era()));
        let missing = expected.saturating_sub(answers.len());
        answers.extend(self.good_call(&mut server, row, missing));
        if row.is("fresh") {
            self.end(server);
        } else {
            self.servers.insert(revision_of(row).to_owned(), server);
        }
        if row.is("unordered") {
            answers.sort_by_key(|answer| answer["id"].to_string());
        }
        let is_modern = self.speaker.is_modern && !answers.iter().any(Value::is_array);
        answers.iter().map(|answer| captured.rendered(answer, is_modern)).collect()
    }
}

#[test]
fn the_server_prints_nothing_of_its_own() {
    let mut server = StdioServer::start_command(&mut command("stdio"));
    server.skip_lines(HARNESS_LINES);
    let ping = server.ask(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }));
    assert_eq!(ping, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }));
    assert_eq!(server.close(), (vec![], Some(0)));
}

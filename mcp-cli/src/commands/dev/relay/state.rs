//! State of a connection that a new build of the server has to take over.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::message::{Kind, Message, error, notification};
use crate::commands::dev::changes::Lists;

/// Answer to the requests that a build leaves behind.
const REBUILT: &str = "the server was rebuilt while it worked on this request; send it again";

/// Answer to the requests that a server leaves behind which has ended by itself.
const ENDED: &str = "the server has ended before it answered this request";

const LISTEN: &str = "subscriptions/listen";
const CANCELLED: &str = "notifications/cancelled";
const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";

/// Reason for the end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Another build has taken its place.
    Rebuilt,
    /// It has ended by itself.
    Ended,
}

/// State of a connection, from its messages.
#[derive(Default)]
pub(super) struct State {
    /// Requests of the host that have no answer, by their ids as JSON.
    in_flight: BTreeMap<String, InFlight>,
    /// `initialize` of a stateful revision, once it is answered.
    initialize: Option<String>,
    /// `notifications/initialized`.
    initialized: Option<String>,
    /// `logging/setLevel`.
    log_level: Option<String>,
    /// `resources/subscribe`, by URI.
    subscribed: BTreeMap<String, String>,
    /// Requests of the current process that the host has not answered: the ids that the host has, with
    /// those of the process, as JSON.
    asked: HashMap<String, String>,
    ask_count: u64,
    own_count: u64,
}

/// A request of the host in flight.
struct InFlight {
    method: String,
    line: String,
    /// `true` if the host has the acknowledgement of its subscription.
    is_acknowledged: bool,
}

/// Prefix of the ids of the relay.
const OWN_ID: &str = "\"cargo-mcp-dev-";

impl State {
    /// Takes note of a line of the host, and returns what the process gets.
    pub(super) fn note_host(&mut self, line: String) -> Option<String> {
        let Some(message) = Message::parse(&line) else { return Some(line) };
        match message.kind() {
            Kind::Request { method, id } => {
                match method {
                    "logging/setLevel" => self.log_level = Some(line.clone()),
                    "resources/subscribe" | "resources/unsubscribe" => {
                        let params = message.read_params();
                        let uri = params["uri"].as_str().unwrap_or_default().to_owned();
                        match method {
                            "resources/subscribe" => self.subscribed.insert(uri, line.clone()),
                            _ => self.subscribed.remove(&uri),
                        };
                    }
                    _ => {}
                }
                let request = InFlight {
                    method: method.to_owned(),
                    line: line.clone(),
                    is_acknowledged: false,
                };
                self.in_flight.insert(id.to_owned(), request);
            }
            Kind::Notification { method: "notifications/initialized" } => {
                self.initialized = Some(line.clone());
            }
            Kind::Notification { method: CANCELLED } => {
                let id = message.read_params()["requestId"].to_string();
                self.in_flight.remove(&id);
            }
            // The answer to a question of a former process has no receiver.
            Kind::Response { id } => return self.asked.remove(id).map(|id| message.with_id(&id)),
            Kind::Notification { .. } | Kind::Other => {}
        }
        Some(line)
    }

    /// Takes note of a line of the process, and returns what the host gets.
    pub(super) fn note_server(&mut self, line: String) -> Option<String> {
        let Some(message) = Message::parse(&line) else { return Some(line) };
        match message.kind() {
            Kind::Request { id, .. } => {
                self.ask_count += 1;
                let own = format!("\"dev-{}\"", self.ask_count);
                let asked = message.with_id(&own);
                self.asked.insert(own, id.to_owned());
                return Some(asked);
            }
            Kind::Response { id } if id.starts_with(OWN_ID) => return None,
            Kind::Response { id } => {
                let answered = self.in_flight.remove(id);
                let opening = answered.filter(|request| request.method == "initialize");
                if let Some(opening) = opening.filter(|_| message.error.is_none()) {
                    self.initialize = Some(opening.line);
                }
            }
            Kind::Notification { method: CANCELLED } => {
                let mut params = message.read_params();
                let id = params["requestId"].to_string();
                let asked = self.asked.iter().find(|(_, asked)| **asked == id);
                let own = asked.map(|(own, _)| own.clone());
                if let Some(own) = own {
                    self.asked.remove(&own);
                    params["requestId"] = serde_json::from_str(&own).unwrap_or_default();
                    return Some(notification(CANCELLED, Some(params)));
                }
            }
            Kind::Notification { method: ACKNOWLEDGED } => {
                let id = message.read_params()["_meta"][SUBSCRIPTION_ID].to_string();
                if let Some(listen) = self.in_flight.get_mut(&id)
                    && std::mem::replace(&mut listen.is_acknowledged, true)
                {
                    return None;
                }
            }
            Kind::Notification { .. } | Kind::Other => {}
        }
        Some(line)
    }

    /// Ends the requests of a process that is gone, and returns what the host gets.
    pub(super) fn leave(&mut self, end: End) -> Vec<String> {
        let message = match end {
            End::Rebuilt => REBUILT,
            End::Ended => ENDED,
        };
        let mut lines = Vec::new();
        self.in_flight.retain(|id, request| {
            let goes_on = request.goes_on(end);
            if !goes_on {
                lines.push(error(id, message));
            }
            goes_on
        });
        for (own, _) in self.asked.drain() {
            let id: Value = serde_json::from_str(&own).unwrap_or_default();
            let params = json!({ "requestId": id, "reason": message });
            lines.push(notification(CANCELLED, Some(params)));
        }
        lines
    }

    /// The request that opens the session again in another process, with the id of its answer.
    pub(super) fn opening(&mut self) -> Option<(String, String)> {
        let line = self.initialize.clone()?;
        self.as_own(&line)
    }

    /// Requests and notifications that follow it.
    pub(super) fn restored(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.initialize.is_some() {
            lines.extend(self.initialized.clone());
            let requests: Vec<_> =
                self.log_level.iter().chain(self.subscribed.values()).cloned().collect();
            for line in requests {
                lines.extend(self.as_own(&line).map(|(line, _)| line));
            }
        }
        lines.extend(self.in_flight.values().map(|request| request.line.clone()));
        lines
    }

    fn as_own(&mut self, line: &str) -> Option<(String, String)> {
        self.own_count += 1;
        let id = format!("{OWN_ID}{}\"", self.own_count);
        Some((Message::parse(line)?.with_id(&id), id))
    }

    /// Notifications of changed lists, for the session and for each subscription to them.
    pub(super) fn announcements(&self, changed: Lists) -> Vec<String> {
        let mut lines = Vec::new();
        for (list, filter) in changed.iter() {
            let method = format!("notifications/{list}/list_changed");
            if self.initialize.is_some() {
                lines.push(notification(&method, None));
            }
            for (id, request) in &self.in_flight {
                if request.method == LISTEN && request.wants(filter) {
                    let id: Value = serde_json::from_str(id).unwrap_or_default();
                    let params = json!({ "_meta": { SUBSCRIPTION_ID: id } });
                    lines.push(notification(&method, Some(params)));
                }
            }
        }
        lines
    }
}

impl InFlight {
    /// Returns `true` for requests that the next process can answer: a subscription, and the opening of a
    /// session, unless that has ended the process.
    fn goes_on(&self, end: End) -> bool {
        self.method == LISTEN || self.method == "initialize" && end == End::Rebuilt
    }

    fn wants(&self, filter: &str) -> bool {
        let message = Message::parse(&self.line);
        message.is_some_and(|it| it.read_params()["notifications"][filter] == true)
    }
}

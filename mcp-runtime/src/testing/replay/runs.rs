//! Runs of a handler over the channels of questions.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use mcp_core::jsonrpc::{Frame, Limits, Message, ProtocolError, Raw, decode};
use mcp_core::revision::{Opens, Revision};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::ask;
use crate::component::app::App;
use crate::context::exchange::{Exchange, Origin};
use crate::context::session::Session;
use crate::context::sink::{NotificationSink, SharedSink};
use crate::server::direct;
use crate::server::lifecycle::{self, NotOpened};
use crate::testing::script::Script;

/// One way to run a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Session,
    /// A request that is repeated with up to this number of answers at a time.
    Repeated(usize),
    Parked,
}

/// No limit for the number of answers at a time.
const ALL_AT_ONCE: usize = usize::MAX;

impl Way {
    /// All ways. The others are compared with the first.
    pub(super) const ALL: [Self; 4] =
        [Self::Session, Self::Repeated(ALL_AT_ONCE), Self::Repeated(1), Self::Parked];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Session => "within a session",
            Self::Repeated(1) => "sent again for each answer, one at a time",
            Self::Repeated(_) => "sent again for each round of answers",
            Self::Parked => "parked until it is answered",
        })
    }
}

/// Maximum number of rounds of a request, after which it counts as endless.
const MAX_ROUNDS: usize = 64;

/// Result of one way.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) way: Way,
    pub(super) outcome: Value,
    /// The questions that were answered, as `[method, params]`.
    pub(super) asked: Vec<Value>,
    pub(super) effects: Vec<u64>,
    /// Reason for a missing outcome.
    pub(super) problem: Option<String>,
}

impl Run {
    fn new(way: Way) -> Self {
        Self { way, outcome: Value::Null, asked: Vec::new(), effects: Vec::new(), problem: None }
    }

    /// Members of the outcome that are the same in all revisions.
    pub(super) fn common_members(&self) -> Value {
        let mut common = json!({});
        for member in ["content", "isError", "messages", "contents", "code", "message"] {
            if let Some(value) = self.outcome.get(member) {
                common[member] = value.clone();
            }
        }
        common
    }

    /// Description of the questions that are missing in another run.
    pub(super) fn changed(&self, other: &Self) -> String {
        let changed = self.asked.iter().filter(|asked| !other.asked.contains(asked));
        let shown = changed.map(|asked| match asked[1]["message"].as_str() {
            Some(message) => format!("{message:?}"),
            None => asked.to_string(),
        });
        let shown: Vec<String> = shown.collect();
        if shown.is_empty() { "the same as before".to_owned() } else { shown.join(", ") }
    }
}

pub(super) async fn run(
    app: &Arc<App>,
    way: Way,
    method: &str,
    params: &Value,
    script: &Script,
) -> Run {
    match way {
        Way::Session => in_session(app, method, params, script).await,
        Way::Repeated(count) => repeated(app, way, count, method, params, script).await,
        Way::Parked => parked(app, method, params, script).await,
    }
}

/// Questions to a client, and the first one that the script does not answer.
#[derive(Default)]
struct ClientRecord(Mutex<(Vec<Value>, Option<String>)>);

impl ClientRecord {
    fn lock(&self) -> MutexGuard<'_, (Vec<Value>, Option<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a question from the script and records it.
    fn answer(&self, script: &Script, method: &str, params: Value) -> Option<Value> {
        let answer = script.answer(method, &params);
        let mut record = self.lock();
        record.0.push(json!([method, params]));
        let is_endless = record.0.len() > MAX_ROUNDS;
        let answer = if is_endless {
            Err(format!("more than {MAX_ROUNDS} questions are asked, and there is no end to it"))
        } else {
            answer
        };
        match answer {
            Ok(answer) => Some(answer),
            Err(missing) => {
                record.1.get_or_insert(missing);
                None
            }
        }
    }

    fn problem(&self) -> Option<String> {
        self.lock().1.clone()
    }

    fn finish(self, run: &mut Run) {
        let (asked, problem) = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        run.asked = asked;
        run.problem = run.problem.take().or(problem);
    }
}

/// A client within a session, which answers immediately.
struct ScriptedClient {
    session: Weak<Session>,
    script: Script,
    record: Arc<ClientRecord>,
}

impl NotificationSink for ScriptedClient {
    fn notify(&self, _: Vec<u8>) -> bool {
        true
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        let question: Value = serde_json::from_slice(&message).unwrap_or_default();
        let (Some(session), Some(method)) = (self.session.upgrade(), question["method"].as_str())
        else {
            return false;
        };
        if question.get("id").is_none() {
            // The cancellation of a question.
            return true;
        }
        let Some(result) = self.record.answer(&self.script, method, question["params"].clone())
        else {
            return false;
        };
        let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        let response = response.to_string();
        match decode(response.as_bytes(), Limits::default()) {
            Ok(Frame::Single(Message::Response(response))) => {
                session.questions.answer(&response, &session.budget)
            }
            _ => false,
        }
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

async fn in_session(app: &Arc<App>, method: &str, params: &Value, script: &Script) -> Run {
    let mut run = Run::new(Way::Session);
    let record = Arc::<ClientRecord>::default();
    let served = async {
        let session = Arc::new(session(app, &Script::capabilities())?);
        let client = ScriptedClient {
            session: Arc::downgrade(&session),
            script: script.clone(),
            record: Arc::clone(&record),
        };
        let exchange = request(&session, Arc::new(client), method, params)?;
        Ok::<_, ProtocolError>(direct::serve(app, exchange).await)
    };
    finish(&mut run, served.await);
    let (asked, problem) = std::mem::take(&mut *record.lock());
    (run.asked, run.problem) = (asked, run.problem.take().or(problem));
    run
}

async fn repeated(
    app: &Arc<App>,
    way: Way,
    count: usize,
    method: &str,
    params: &Value,
    script: &Script,
) -> Run {
    let mut run = Run::new(way);
    let record = ClientRecord::default();
    let mut params = params.clone();
    for _ in 0..MAX_ROUNDS {
        let capabilities = Script::capabilities();
        let result = match direct::stateless(Origin::default(), &capabilities, method, &params) {
            Ok(exchange) => direct::serve(app, exchange).await,
            Err(error) => {
                finish(&mut run, Err(error));
                break;
            }
        };
        if result["resultType"] != "input_required" {
            run.outcome = result;
            record.finish(&mut run);
            return run;
        }
        let mut responses = json!({});
        let questions = result["inputRequests"].as_object().cloned().unwrap_or_default();
        for (key, question) in questions.into_iter().take(count) {
            let asked = question["method"].as_str().unwrap_or_default();
            if let Some(answer) = record.answer(script, asked, question["params"].clone()) {
                responses[key] = answer;
            }
        }
        if record.problem().is_some() {
            break;
        }
        params["requestState"] = result["requestState"].clone();
        params["inputResponses"] = responses;
    }
    record.finish(&mut run);
    if run.problem.is_none() {
        let last = run.asked.last().map(Value::to_string).unwrap_or_default();
        run.problem = Some(format!(
            "it asks and asks and does not come to an end; the last question is {last}; a question \
             whose text changes needs `volatile`"
        ));
    }
    run
}

async fn parked(app: &Arc<App>, method: &str, params: &Value, script: &Script) -> Run {
    let mut run = Run::new(Way::Parked);
    let capabilities = Script::capabilities();
    let exchange = match direct::stateless(Origin::default(), &capabilities, method, params) {
        Ok(exchange) => exchange,
        Err(error) => {
            finish(&mut run, Err(error));
            return run;
        }
    };
    let mailbox = ask::park(&exchange);
    let mut changes = mailbox.changes();
    let record = ClientRecord::default();
    let mut serving = std::pin::pin!(direct::serve(app, exchange));
    loop {
        tokio::select! {
            outcome = &mut serving => {
                run.outcome = outcome;
                break;
            }
            // The mailbox outlives this, so the result is always `Ok`.
            _ = changes.changed() => {}
        }
        for (key, method, params) in mailbox.questions() {
            let params = serde_json::from_str(&params).unwrap_or_default();
            let answer = record.answer(script, method.as_str(), params);
            let answer = answer.and_then(|answer| RawValue::from_string(answer.to_string()).ok());
            // An invalid answer is requested again, as it is in the other ways.
            let _ = answer.map(|answer| mailbox.put(&key, answer));
        }
        if record.problem().is_some() {
            break;
        }
    }
    record.finish(&mut run);
    run
}

fn finish(run: &mut Run, served: Result<Value, ProtocolError>) {
    match served {
        Ok(outcome) => run.outcome = outcome,
        Err(error) => run.problem = Some(error.to_string()),
    }
}

/// Opens a session by a handshake.
///
/// # Errors
/// `-32602` if the capabilities are not those of a client.
fn session(app: &App, capabilities: &Value) -> Result<Session, ProtocolError> {
    let opening = json!({
        "protocolVersion": Revision::newest_opening_by(Opens::Handshake).as_str(),
        "capabilities": capabilities,
        "clientInfo": { "name": "test", "version": "1" },
    });
    let opening = opening.to_string();
    let budget = Arc::clone(&app.memory);
    lifecycle::open(&app.live.feed, budget, Some(Raw::from_accepted(&opening))).map_err(|error| {
        match error {
            NotOpened::Invalid(error) => error,
            NotOpened::Exceeded(exceeded) => exceeded.error(),
        }
    })
}

/// Creates a request of a session.
///
/// # Errors
/// `-32600` if the parameters are invalid.
fn request(
    session: &Arc<Session>,
    sink: SharedSink,
    method: &str,
    params: &Value,
) -> Result<Exchange, ProtocolError> {
    direct::exchange(method, params, |frame, parts, _| {
        Ok(Exchange::in_session(frame, parts, Arc::clone(session), sink, Origin::default()))
    })
}

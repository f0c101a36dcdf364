//! The decision which calls become tasks, and their creation.

use std::sync::{Arc, Weak};

use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::protocol::{TASKS_EXTENSION, TaskStatus};
use serde_json::value::RawValue;
use tokio::runtime::Handle;

use super::access::{missing_extension, session_of};
use super::keys::{Keys, UNFINISHED, member, set_of};
use super::record::{StoredCall, StoredClient, TaskState};
use super::room::submit;
use super::session_status::follow_for_session;
use super::time::{milliseconds, now};
use super::{driver, run, wire};
use crate::ask::journal::JournalSnapshot;
use crate::ask::task::before_body;
use crate::component::app::App;
use crate::component::running_tasks::Hold;
use crate::component::tool::find::RequestedTool;
use crate::component::tool::task::TaskSettings;
use crate::context::exchange::Exchange;
use crate::context::members::Members;
use crate::context::principal::{Owner, StoredPrincipal};
use crate::context::session::Session;
use crate::random_id::random_id;
use crate::shorten::shorten;
use crate::store::batch::Batch;
use crate::store::value::to_bytes;

/// Decides whether a call becomes a task, and prepares that. It becomes one when its arguments and the
/// answers to their questions are there.
///
/// # Errors
/// The error of the revision if the tool runs only as a task and the client supports none, or the other
/// way round.
pub(crate) fn admit(
    app: &Arc<App>,
    exchange: &Exchange,
    tool: &RequestedTool,
) -> Result<(), ProtocolError> {
    let requested = task_of(exchange)?;
    let Some(settings) = &tool.spec.task else {
        return match requested {
            Some(_) => Err(ProtocolError::new(
                ErrorCode::METHOD_NOT_FOUND,
                format!("`{}` does not run as a task; leave out `task`", tool.spec.name()),
            )),
            None => Ok(()),
        };
    };
    if !becomes_task(exchange, settings, requested.is_some(), tool.spec.name())? {
        return Ok(());
    }
    let new = NewTask::of(exchange, tool, settings, requested);
    let app_of_task = Arc::clone(app);
    let become_task =
        Box::new(move |journal| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
            Box::pin(new.create(app_of_task, journal))
        });
    before_body(app, exchange, become_task);
    Ok(())
}

/// The member `task` of the call, if its revision has it.
///
/// # Errors
/// `-32602` if it is malformed.
fn task_of(exchange: &Exchange) -> Result<Option<Requested>, ProtocolError> {
    if !exchange.facts().core_tasks() {
        return Ok(None);
    }
    let task = exchange.params().and_then(|params| params.member("task"));
    let Some(task) = task.filter(|task| !task.is_null()) else { return Ok(None) };
    if !task.is_object() {
        return Err(ProtocolError::invalid_params("`task`: expected an object"));
    }
    let Some(ttl) = task.member("ttl").filter(|ttl| !ttl.is_null()) else {
        return Ok(Some(Requested { ttl: None }));
    };
    match ttl.parse::<f64>() {
        // Too large a number becomes the largest one.
        Ok(ttl) if ttl >= 0.0 => Ok(Some(Requested { ttl: Some(ttl as u64) })),
        _ => Err(ProtocolError::invalid_params(format!(
            "`task.ttl`: expected a number of milliseconds, got {}",
            shorten(ttl.as_str())
        ))),
    }
}

/// Request in the member `task` of a call.
struct Requested {
    /// Milliseconds for which the task is kept.
    ttl: Option<u64>,
}

fn becomes_task(
    exchange: &Exchange,
    settings: &TaskSettings,
    is_requested: bool,
    tool: &str,
) -> Result<bool, ProtocolError> {
    let facts = exchange.facts();
    if facts.tasks_extension() {
        let is_declared = exchange.client_capabilities().has_extension(TASKS_EXTENSION);
        return match is_declared || !settings.is_required {
            true => Ok(is_declared),
            false => Err(missing_extension(&format!("`{tool}` runs only as a task"))),
        };
    }
    if is_requested || !settings.is_required {
        return Ok(is_requested);
    }
    let remedy = match facts.core_tasks() {
        true => "; send `task` with the call",
        false => ", which this revision of the protocol does not have",
    };
    let message = format!("`{tool}` runs only as a task{remedy}");
    Err(ProtocolError::new(ErrorCode::METHOD_NOT_FOUND, message))
}

/// A task that is about to be created.
///
/// It holds the parts of its call, not the call itself, which holds it.
struct NewTask {
    tool: String,
    settings: TaskSettings,
    ttl: Option<u64>,
    owner: Owner,
    is_core: bool,
    call: StoredCall,
    session: Option<Weak<Session>>,
}

impl NewTask {
    fn of(
        exchange: &Exchange,
        tool: &RequestedTool,
        settings: &TaskSettings,
        requested: Option<Requested>,
    ) -> Self {
        let principal = exchange.origin.principal.as_deref();
        let requested = requested.and_then(|task| task.ttl);
        let session = session_of(exchange);
        let raw = |text: &str| RawValue::from_string(text.to_owned()).ok();
        let arguments = Some(tool.arguments.text(&exchange.frame)).filter(|text| !text.is_empty());
        Self {
            tool: tool.spec.name().to_owned(),
            settings: *settings,
            ttl: shorter(settings.ttl.map(milliseconds), requested),
            owner: Owner::of(principal),
            is_core: exchange.facts().core_tasks(),
            call: StoredCall {
                revision: exchange.revision.as_str().to_owned(),
                arguments: arguments.and_then(raw),
                meta: exchange.meta().map(Raw::as_str).and_then(raw),
                principal: principal.map(StoredPrincipal::from),
                session: session.map(|session| StoredClient {
                    info: session.client.clone(),
                    capabilities: session.capabilities.clone(),
                }),
                journal: JournalSnapshot::default(),
            },
            session: session.map(Arc::downgrade),
        }
    }

    /// Creates the task in the store, and starts it. Returns the result that names it.
    async fn create(
        mut self,
        app: Arc<App>,
        journal: JournalSnapshot,
    ) -> Result<Members, ProtocolError> {
        if Handle::try_current().is_err() {
            return Err(ProtocolError::internal(
                "a task needs a runtime of tokio, in which it runs",
            ));
        }
        self.call.journal = journal;
        let id =
            random_id().map_err(|_| ProtocolError::internal("the system has no random numbers"))?;
        // From here on nothing else in this process takes the task up.
        let here = match app.executor.own_lease(&id) {
            Some(lease) => {
                let here = app.live.tasks.enter(lease, Hold::Always);
                Some(here.ok_or_else(|| ProtocolError::internal("the id of the task is not new"))?)
            }
            None => None,
        };
        let created = now();
        let state = TaskState {
            id: id.clone(),
            owner: self.owner,
            is_core: self.is_core,
            tool: self.tool,
            created,
            updated: created,
            ttl: self.ttl,
            poll_interval: milliseconds(self.settings.poll_interval),
            status: TaskStatus::Working,
            message: None,
            questions: Vec::new(),
            outcome: None,
            attempts: 0,
            max_attempts: self.settings.attempts,
            steps: 0,
        };
        let (keys, expires, set) = (Keys(&id), state.expires(), set_of(&state.owner));
        let batch = Batch::new()
            .expect_absent(keys.state())
            .put(keys.state(), to_bytes(&state), expires)
            .put(keys.call(), to_bytes(&self.call), expires)
            .add(UNFINISHED, &*id)
            .add(&*set, member(created, &id));
        submit(&app, &id, &batch, &set).await?;
        let result = wire::created(&state);
        match (here, self.session) {
            (Some(here), session) => drop(tokio::spawn(run::run(app, here, session))),
            (None, session) => {
                driver::resume(&app);
                if let Some(session) = session {
                    tokio::spawn(follow_for_session(app, state, session));
                }
            }
        }
        Ok(result)
    }
}

/// The shorter of two times, where `None` is no limit.
fn shorter(limit: Option<u64>, requested: Option<u64>) -> Option<u64> {
    match (limit, requested) {
        (Some(limit), Some(requested)) => Some(limit.min(requested)),
        (limit, requested) => limit.or(requested),
    }
}

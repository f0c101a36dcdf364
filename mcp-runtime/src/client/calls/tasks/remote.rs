//! The requests about one task.

use std::time::Duration;

use mcp_core::json;
use mcp_core::jsonrpc::ErrorCode;
use mcp_core::method::Method;
use mcp_core::protocol::{
    ClientCapabilities, InputResponses, SubscriptionFilter, TASKS_EXTENSION, TaskParams,
};
use mcp_core::revision::Revision;

use super::state::Report;
use crate::client::core::{Client, Core, RequestOptions};
use crate::client::error::Error;
use crate::client::message::{JsonText, to_json};
use crate::client::transport::Replies;

/// A time that no request takes.
const UNLIMITED: Duration = Duration::MAX;

/// The two generations of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// Tasks of the protocol itself, in 2025-11-25.
    Core,
    /// The extension, since 2026-07-28.
    Extension,
}

impl Generation {
    /// Returns the generation of a revision, if it has tasks.
    pub(super) fn of(revision: Revision) -> Option<Self> {
        let facts = revision.facts();
        match (facts.core_tasks(), facts.tasks_extension()) {
            (true, _) => Some(Self::Core),
            (_, true) => Some(Self::Extension),
            _ => None,
        }
    }
}

/// A task of a server.
#[derive(Clone)]
pub(super) struct RemoteTask {
    pub(super) client: Client,
    pub(super) id: String,
    /// Revision in which the task was created.
    pub(super) revision: Revision,
    pub(super) generation: Generation,
    pub(super) idle_timeout: Option<Duration>,
}

/// Returns the capabilities of a client that supports tasks.
pub(super) fn capabilities(core: &Core, revision: Revision) -> ClientCapabilities {
    let mut found = core.inbound.handlers.capabilities(revision);
    let extensions = found.extensions.get_or_insert_default();
    extensions.entry(TASKS_EXTENSION.to_owned()).or_default();
    found
}

impl RemoteTask {
    fn options(&self, method: Method, params: &str) -> RequestOptions {
        let core = &self.client.core;
        let mut options = core.mirrored_options(method, params);
        options.idle_timeout = self.idle_timeout;
        options.capabilities = self.capabilities();
        options
    }

    fn capabilities(&self) -> Option<ClientCapabilities> {
        let declares = self.generation == Generation::Extension;
        declares.then(|| capabilities(&self.client.core, self.client.revision()))
    }

    async fn request(&self, method: Method, params: &str) -> Result<JsonText, Error> {
        let mut options = self.options(method, params);
        self.client.core.request_plain(method, params, &mut options).await
    }

    fn params(&self) -> String {
        to_json(&TaskParams::new(&*self.id))
    }

    /// Requests the state of the task.
    ///
    /// # Errors
    /// [`Error::TaskNotFound`] if there is no such task, and the errors of any request.
    pub(super) async fn get(&self) -> Result<Report, Error> {
        let found = self.request(Method::TasksGet, &self.params()).await;
        Report::of(&self.id, found.map_err(|error| self.found(error))?.raw())
    }

    /// Requests that the task is cancelled.
    pub(super) async fn cancel(&self) -> Result<(), Error> {
        self.request(Method::TasksCancel, &self.params()).await.map(drop)
    }

    /// Sends answers to questions of the task.
    pub(super) async fn update(&self, answers: &InputResponses) -> Result<(), Error> {
        let params = json::object_string(|params| {
            params.value("taskId", &self.id);
            params.value("inputResponses", answers);
        });
        self.request(Method::TasksUpdate, &params).await.map(drop)
    }

    /// Waits for the result of the task, which takes as long as the task. In 2025-11-25 only.
    pub(super) async fn result(&self) -> Result<JsonText, Error> {
        let (method, params) = (Method::TasksResult, self.params());
        let mut options = self.options(method, &params);
        options.idle_timeout = Some(UNLIMITED);
        options.timeout = Some(UNLIMITED);
        self.client.core.request_plain(method, &params, &mut options).await
    }

    /// Listens to the changes of the task. Returns `None` if the server does not send them.
    pub(super) async fn listen(&self) -> Result<Option<Box<dyn Replies>>, Error> {
        let core = &self.client.core;
        let connection = core.connection().await?;
        let mut filter = SubscriptionFilter::default();
        filter.task_ids = Some(vec![self.id.clone()]);
        let capabilities = self.capabilities();
        let (replies, agreed) = core.listen(&connection, filter, capabilities.as_ref()).await?;
        let is_agreed = agreed.task_ids.is_some_and(|ids| ids.contains(&self.id));
        Ok(is_agreed.then_some(replies))
    }

    /// Converts the error of a request for the task.
    pub(super) fn found(&self, error: Error) -> Error {
        match error {
            Error::Remote(error) if error.code == ErrorCode::INVALID_PARAMS => {
                Error::TaskNotFound { id: self.id.clone(), error }
            }
            error => error,
        }
    }

    /// Returns `true` for an error after which the same request may succeed.
    pub(super) fn is_transient(&self, error: &Error) -> bool {
        match error {
            Error::Closed(_) | Error::Transport { .. } => !self.client.is_closed(),
            Error::Timeout { .. } => true,
            Error::Http(failure) => matches!(failure.status, 408 | 429 | 500..),
            Error::Remote(error) => error.code == ErrorCode::INTERNAL_ERROR,
            _ => false,
        }
    }
}

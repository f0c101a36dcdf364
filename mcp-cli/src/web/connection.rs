//! The connection in one era, which is made again when it ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_runtime::client::{Client, Error, Event, ServerInfo, Subscription, Watch};
use mcp_runtime::protocol::{Implementation, ServerCapabilities};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{Notify, SetOnce};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::inspector::Inspector;
use super::source::Source;
use super::{Era, now_ms};
use crate::commands::list::Listing;
use crate::exit::Failure;

/// Time between two looks at a connection that announces nothing.
const CHECK_INTERVAL: Duration = Duration::from_millis(300);

/// Shortest and longest time between two attempts to connect.
const MIN_PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Age of a connection after which the next attempt follows its end at once.
const STABLE_AGE: Duration = Duration::from_secs(5);

/// Longest end of standard error that the page shows, in bytes.
const MAX_STDERR: usize = 8 << 10;

/// Maximum number of resources that are watched at the same time.
const MAX_WATCHED: usize = 100;

/// The connection in one era.
pub(super) struct Connection {
    pub(super) era: Era,
    state: Mutex<State>,
    /// Notified when the user wants to connect again.
    again: Notify,
    first: SetOnce<Result<(), Failure>>,
}

#[derive(Default)]
struct State {
    status: Status,
    client: Option<Client>,
    server: Option<Arc<ServerInfo>>,
    components: Option<Box<RawValue>>,
    message: Option<String>,
    /// Reason why lists are not shown.
    lists: Option<String>,
    last_end: Option<End>,
    /// Resources whose changes are shown, with the tasks that wait for them.
    watched: BTreeMap<String, Option<AbortHandle>>,
}

/// End of a connection, which is shown until the next one.
#[derive(Clone, Serialize)]
struct End {
    /// Time, in milliseconds since 1970.
    at: u64,
    message: String,
    stderr: String,
}

/// Status of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// There is no server yet.
    #[default]
    Waiting,
    Connecting,
    Ready,
    /// The server does not speak the era, or was never reached.
    Unavailable,
    /// There was a connection, and it is attempted again.
    Ended,
}

/// A connection, as the page gets it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reported {
    era: Era,
    status: Status,
    message: Option<String>,
    last_end: Option<End>,
    server: Option<ReportedServer>,
    watched: Vec<String>,
    /// Left out if only the status has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportedServer {
    protocol_version: &'static str,
    server_info: Option<Implementation>,
    capabilities: ServerCapabilities,
    instructions: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Change<'a> {
    Connection { connection: &'a Reported },
    Components { era: Era, components: &'a RawValue },
    Updated { era: Era, uri: &'a str },
}

impl Connection {
    pub(super) fn new(era: Era) -> Self {
        Self { era, state: Mutex::default(), again: Notify::new(), first: SetOnce::new() }
    }

    /// The outcome of the first attempt to connect.
    pub(super) async fn first_outcome(&self) -> Result<(), Failure> {
        self.first.wait().await.clone()
    }

    /// The client, if the connection is open.
    pub(super) fn client(&self) -> Option<Client> {
        self.state().client.clone()
    }

    /// Connects again, even if the connection is open.
    pub(super) fn connect_again(&self) {
        self.again.notify_one();
    }

    /// The state for a browser that has none.
    pub(super) fn reported(&self) -> Reported {
        let state = self.state();
        Reported { components: state.components.clone(), ..self.reported_status(&state) }
    }

    fn reported_status(&self, state: &State) -> Reported {
        let server = state.server.as_ref().map(|server| ReportedServer {
            protocol_version: server.revision.as_str(),
            server_info: server.implementation.clone(),
            capabilities: server.capabilities.clone(),
            instructions: server.instructions.clone(),
        });
        Reported {
            era: self.era,
            status: state.status,
            message: state.message.clone().or_else(|| state.lists.clone()),
            last_end: state.last_end.clone(),
            server,
            watched: state.watched.keys().cloned().collect(),
            components: None,
        }
    }

    /// Keeps the connection until it is dropped.
    pub(super) async fn keep(self: Arc<Self>, inspector: Arc<Inspector>, mut source: Source) {
        let mut pause = MIN_PAUSE;
        let mut was_ready = false;
        loop {
            if !was_ready {
                source.ready().await;
            }
            self.change(&inspector, |state| {
                state.status = Status::Connecting;
                state.message = None;
            });
            let described = source.server();
            match source.connect(self.era, &inspector.shared).await {
                Ok(client) => {
                    was_ready = true;
                    let started = Instant::now();
                    self.open(&inspector, &client).await;
                    // It is set already if this is not the first connection.
                    let _ = self.first.set(Ok(()));
                    let end = tokio::select! {
                        biased;
                        () = source.replaced(described.as_deref()) => {
                            // The next build is connected at once.
                            self.again.notify_one();
                            None
                        }
                        end = self.until_end(&inspector, &client) => end,
                    };
                    self.close(&inspector, &client, end).await;
                    pause = if started.elapsed() < STABLE_AGE { pause * 2 } else { MIN_PAUSE };
                }
                Err(failure) => {
                    let status = if was_ready { Status::Ended } else { Status::Unavailable };
                    self.change(&inspector, |state| {
                        state.status = status;
                        state.message = Some(failure.message().to_owned());
                    });
                    let _ = self.first.set(Err(failure));
                    pause *= 2;
                }
            }
            pause = pause.min(MAX_PAUSE);
            tokio::select! {
                () = self.again.notified() => {}
                () = source.changed() => {}
                () = tokio::time::sleep(pause), if was_ready => {}
            }
        }
    }

    async fn open(self: &Arc<Self>, inspector: &Arc<Inspector>, client: &Client) {
        let server = client.server_info();
        if server.capabilities.logging.is_some() {
            // A server that does not set its level sends its own choice of messages.
            let _ = client.set_log_level(inspector.level()).await;
        }
        self.change(inspector, |state| {
            state.status = Status::Ready;
            state.client = Some(client.clone());
            state.server = Some(server);
        });
        self.refresh(inspector, client).await;
        let watched: Vec<String> = self.state().watched.keys().cloned().collect();
        for uri in watched {
            let _ = self.watch(inspector, uri).await;
        }
    }

    /// Lists the components again.
    pub(super) async fn refresh(&self, inspector: &Inspector, client: &Client) {
        client.cache().clear();
        let (listing, faults) = components(client).await;
        let fault = (!faults.is_empty()).then(|| faults.join("; "));
        if self.state().lists != fault {
            self.change(inspector, |state| state.lists = fault);
        }
        // Values of the protocol have no other keys than texts, so they can always be written.
        let Ok(components) = serde_json::value::to_raw_value(&listing) else { return };
        let mut state = self.state();
        let event = Change::Components { era: self.era, components: &components };
        inspector.shared.hub.send(&event);
        state.components = Some(components);
    }

    /// Follows the changes of the lists until the connection ends, and returns the reason.
    async fn until_end(&self, inspector: &Inspector, client: &Client) -> Option<String> {
        // Servers without subscriptions are looked at from time to time.
        let mut lists = client.subscribe(Watch::lists()).await.ok();
        let mut check = tokio::time::interval(CHECK_INTERVAL);
        loop {
            tokio::select! {
                event = next(&mut lists) => match event {
                    Some(Ok(_)) => self.refresh(inspector, client).await,
                    Some(Err(error)) => return Some(error.report().to_string()),
                    None => lists = None,
                },
                _ = check.tick() => if client.is_closed() {
                    let ended = client.ping().await.err().map(|error| error.report().to_string());
                    return ended.or_else(|| Some("the connection has ended".into()));
                },
                () = self.again.notified() => {
                    // The pause that follows is skipped, too.
                    self.again.notify_one();
                    return None;
                }
            }
        }
    }

    async fn close(&self, inspector: &Inspector, client: &Client, message: Option<String>) {
        let stderr = client.stderr();
        self.change(inspector, |state| {
            state.client = None;
            state.lists = None;
            state.message.clone_from(&message);
            state.status = Status::Connecting;
            if let Some(message) = message {
                state.status = Status::Ended;
                let start = stderr.ceil_char_boundary(stderr.len().saturating_sub(MAX_STDERR));
                let stderr = stderr[start..].to_owned();
                state.last_end = Some(End { at: now_ms(), message, stderr });
            }
            for handle in state.watched.values_mut() {
                if let Some(handle) = handle.take() {
                    handle.abort();
                }
            }
        });
        client.close().await;
    }

    /// Shows the changes of a resource.
    ///
    /// # Errors
    /// The reason if the server does not announce them, or there are too many.
    pub(super) async fn watch(
        self: &Arc<Self>,
        inspector: &Arc<Inspector>,
        uri: String,
    ) -> Result<(), String> {
        let client = self.client().ok_or("there is no connection")?;
        if self.state().watched.len() >= MAX_WATCHED {
            return Err(format!("{MAX_WATCHED} resources are watched already"));
        }
        let changes = client.subscribe(Watch::new().resource(&uri)).await;
        let mut changes = Some(changes.map_err(|error| error.report().to_string())?);
        let (era, shared) = (self.era, Arc::clone(&inspector.shared));
        let watched = uri.clone();
        let waiting = tokio::spawn(async move {
            while let Some(Ok(event)) = next(&mut changes).await {
                let uri = match &event {
                    Event::Resource(uri) => uri,
                    _ => &watched,
                };
                shared.hub.send(&Change::Updated { era, uri });
            }
        });
        self.change(inspector, |state| {
            if let Some(Some(former)) = state.watched.insert(uri, Some(waiting.abort_handle())) {
                former.abort();
            }
        });
        Ok(())
    }

    /// No longer shows the changes of a resource.
    pub(super) fn unwatch(&self, inspector: &Inspector, uri: &str) {
        self.change(inspector, |state| {
            if let Some(Some(waiting)) = state.watched.remove(uri) {
                waiting.abort();
            }
        });
    }

    /// Changes the state, and sends it while no other change can get ahead.
    fn change(&self, inspector: &Inspector, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let reported = self.reported_status(&state);
        inspector.shared.hub.send(&Change::Connection { connection: &reported });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The components of a server, and the reasons why some of their lists are missing.
async fn components(client: &Client) -> (Listing, Vec<String>) {
    let server = client.server_info();
    let has = &server.capabilities;
    let mut faults = Vec::new();
    let (mut tools, mut resources, mut templates, mut prompts) = Default::default();
    if has.tools.is_some() {
        tools = listed("tools", client.tools().all().await, &mut faults);
    }
    if has.resources.is_some() {
        resources = listed("resources", client.resources().all().await, &mut faults);
        templates = listed("templates", client.templates().all().await, &mut faults);
    }
    if has.prompts.is_some() {
        prompts = listed("prompts", client.prompts().all().await, &mut faults);
    }
    let listing = Listing {
        tools: Some(tools),
        resources: Some(resources),
        resource_templates: Some(templates),
        prompts: Some(prompts),
    };
    (listing, faults)
}

/// A list, or none with its fault.
fn listed<T>(name: &str, list: Result<Vec<T>, Error>, faults: &mut Vec<String>) -> Vec<T> {
    list.unwrap_or_else(|error| {
        faults.push(format!("the list of {name}: {}", error.report()));
        Vec::new()
    })
}

/// The next event of a subscription; `None` at its end. Waits while there is none.
async fn next(events: &mut Option<Subscription>) -> Option<Result<Event, Error>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

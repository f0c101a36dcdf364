//! The state behind the page.

use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::client::{Client, Direction};
use mcp_runtime::protocol::LoggingLevel;
use serde::Serialize;

use super::connection::{Connection, Reported};
use super::hub::{Events, Hub};
use super::questions::{Asked, Questions};
use super::runs::{Run, Runs};
use super::source::Source;
use super::wire::{Shown, Wire};
use super::{Era, now_ms};
use crate::exit::Failure;

/// A server with its connections, and everything that happens on them.
pub(crate) struct Inspector {
    pub(super) shared: Arc<Shared>,
    pub(super) runs: Arc<Runs>,
    pub(super) connections: Vec<Arc<Connection>>,
    description: String,
    notice: Mutex<Option<Notice>>,
    level: Mutex<LoggingLevel>,
}

/// The parts that handlers of a connection need.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    pub(super) wire: Wire,
    pub(super) questions: Arc<Questions>,
}

/// News about the builds of the server.
#[derive(Clone, Serialize)]
struct Notice {
    at: u64,
    /// `true` if a build has failed.
    failed: bool,
    text: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Event<'a> {
    Message {
        message: &'a Shown,
    },
    Notice {
        notice: &'a Notice,
    },
    #[serde(rename_all = "camelCase")]
    Snapshot {
        program: &'a str,
        version: &'a str,
        log_level: &'a str,
        notice: Option<Notice>,
        connections: Vec<Reported>,
        questions: Vec<Asked>,
        runs: Vec<Run>,
        messages: Vec<Shown>,
    },
}

impl Inspector {
    /// Starts to connect.
    pub(crate) fn start(source: &Source) -> Arc<Self> {
        let shared = Arc::<Shared>::default();
        let eras = source.eras();
        let inspector = Arc::new(Self {
            runs: Arc::new(Runs::new(&shared)),
            connections: eras.into_iter().map(|era| Arc::new(Connection::new(era))).collect(),
            shared,
            description: source.describe(),
            notice: Mutex::default(),
            level: Mutex::new(LoggingLevel::Info),
        });
        for connection in &inspector.connections {
            let connection = Arc::clone(connection);
            tokio::spawn(connection.keep(Arc::clone(&inspector), source.clone()));
        }
        inspector
    }

    /// Waits for the first connection.
    ///
    /// # Errors
    /// The reason if there is none in any era.
    pub(crate) async fn connected(&self) -> Result<(), Failure> {
        match &self.connections[..] {
            [modern, legacy] => tokio::select! {
                outcome = modern.first_outcome() => match outcome {
                    Ok(()) => Ok(()),
                    Err(failure) => legacy.first_outcome().await.map_err(|_| failure),
                },
                outcome = legacy.first_outcome() => match outcome {
                    Ok(()) => Ok(()),
                    Err(_) => modern.first_outcome().await,
                },
            },
            connections => match connections.first() {
                Some(only) => only.first_outcome().await,
                None => Ok(()),
            },
        }
    }

    /// Shows news about the builds of the server.
    pub(crate) fn notice(&self, failed: bool, text: String) {
        let notice = Notice { at: now_ms(), failed, text };
        let mut latest = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.hub.send(&Event::Notice { notice: &notice });
        *latest = Some(notice);
    }

    /// The events for a browser, beginning with the whole state; `None` if there are too many browsers.
    pub(super) fn events(&self) -> Option<Events> {
        self.shared.hub.subscribe(|| {
            let notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let snapshot = Event::Snapshot {
                program: &self.description,
                version: env!("CARGO_PKG_VERSION"),
                log_level: self.level().as_str(),
                notice,
                connections: self.connections.iter().map(|it| it.reported()).collect(),
                questions: self.shared.questions.all(),
                runs: self.runs.all(),
                messages: self.shared.wire.all(),
            };
            serde_json::to_string(&snapshot).unwrap_or_default()
        })
    }

    /// The connection in an era, if the inspector has one.
    pub(super) fn connection(&self, era: Era) -> Option<&Arc<Connection>> {
        self.connections.iter().find(|connection| connection.era == era)
    }

    /// The client in an era.
    ///
    /// # Errors
    /// The reason if there is no connection now.
    pub(super) fn client(&self, era: Era) -> Result<Client, String> {
        let connection = self.connection(era);
        connection.and_then(|it| it.client()).ok_or_else(|| match era {
            Era::Modern => "there is no connection in the modern era".into(),
            Era::Legacy => "there is no connection in the legacy era".into(),
        })
    }

    /// The lowest level of log messages that servers are asked for.
    pub(super) fn level(&self) -> LoggingLevel {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_level(&self, level: LoggingLevel) {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }
}

impl Shared {
    /// Adds a message to those that the page shows.
    pub(super) fn message(&self, era: Era, direction: Direction, text: &str) {
        self.wire.add((era, direction), text, |message| self.hub.send(&Event::Message { message }));
    }
}

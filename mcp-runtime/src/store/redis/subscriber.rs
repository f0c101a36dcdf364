//! The connection for topics: one for all listeners, made again when it breaks.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Client, Msg, RedisError, RedisResult};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::connection::{ANSWER_TIMEOUT, CONNECT_TIMEOUT};
use super::error::Server;
use super::names::Names;
use crate::store::error::StoreError;
use crate::store::topics::{Listener, Topics};

/// Time of silence after which the connection is checked.
const CHECK_AFTER: Duration = Duration::from_secs(15);

/// Longest pause between attempts to connect.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// Time for a subscription.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Subscribes in Redis to the topics that have listeners.
pub(super) struct Subscriber {
    shared: Arc<Shared>,
    /// The task that holds the connection, since the first subscription.
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    client: Client,
    server: Server,
    names: Names,
    topics: Topics,
    changes: Arc<Changes>,
    state: watch::Sender<State>,
    /// `true` since the first connection. Listeners read again after each further one.
    was_connected: AtomicBool,
}

/// Topics that got their first listener or lost their last one.
#[derive(Default)]
struct Changes {
    topics: Mutex<Vec<String>>,
    notify: Notify,
}

#[derive(Default)]
struct State {
    /// Topics that Redis sends messages of.
    subscribed: BTreeSet<String>,
    /// Reason why there is no connection.
    failure: Option<StoreError>,
}

impl Subscriber {
    pub(super) fn new(client: Client, server: Server, names: Names) -> Self {
        let changes = Arc::<Changes>::default();
        let left = Arc::clone(&changes);
        let topics = Topics::observed(Box::new(move |topic| left.add(topic)));
        let state = watch::Sender::default();
        let shared = Arc::new(Shared {
            client,
            server,
            names,
            topics,
            changes,
            state,
            was_connected: AtomicBool::new(false),
        });
        Self { shared, task: Mutex::default() }
    }

    /// Adds a listener, and waits until Redis sends it messages.
    pub(super) async fn subscribe(&self, topic: &str) -> Result<Listener, StoreError> {
        let shared = &*self.shared;
        let mut state = shared.state.subscribe();
        let listener = shared.topics.subscribe(topic);
        shared.changes.add(topic);
        self.start();
        let subscribed = state.wait_for(|state| state.subscribed.contains(topic));
        let outcome = timeout(SUBSCRIBE_TIMEOUT, subscribed).await.map(|_| ());
        match outcome {
            Ok(()) => Ok(listener),
            Err(_) => {
                let failure = shared.state.borrow().failure.clone();
                Err(failure.unwrap_or_else(|| shared.server.unreachable()))
            }
        }
    }

    /// Starts the task, unless it runs.
    fn start(&self) {
        let mut task = self.task();
        // It ends early with the runtime that it runs in.
        if task.as_ref().is_none_or(JoinHandle::is_finished) {
            self.shared.state.send_modify(|state| state.subscribed.clear());
            *task = Some(tokio::spawn(Arc::clone(&self.shared).run()));
        }
    }

    fn task(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        if let Some(task) = self.task().take() {
            task.abort();
        }
    }
}

impl Shared {
    async fn run(self: Arc<Self>) {
        let mut pause = Duration::from_millis(20);
        loop {
            while self.topics.names().is_empty() {
                self.changes.notify.notified().await;
            }
            let failure = match self.connect().await {
                Ok((mut sink, stream)) => {
                    pause = Duration::from_millis(20);
                    self.listen(&mut sink, stream).await
                }
                Err(failure) => failure,
            };
            self.state.send_modify(|state| {
                *state = State { subscribed: BTreeSet::new(), failure: Some(failure) };
            });
            sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    async fn connect(&self) -> Result<(PubSubSink, PubSubStream), StoreError> {
        let connected = timeout(CONNECT_TIMEOUT, self.client.get_async_pubsub()).await;
        match connected {
            Ok(Ok(connection)) => Ok(connection.split()),
            Ok(Err(error)) => Err(self.server.failed(error)),
            Err(_) => Err(self.server.unreachable()),
        }
    }

    /// Receives messages until the connection breaks. Returns the reason.
    async fn listen(&self, sink: &mut PubSubSink, mut stream: PubSubStream) -> StoreError {
        let names = self.topics.names();
        if let Err(error) = self.follow(sink, names).await {
            return error;
        }
        if self.was_connected.swap(true, Ordering::Relaxed) {
            self.topics.read_again();
        }
        loop {
            let outcome = tokio::select! {
                message = next(&mut stream) => match message {
                    Some(message) => {
                        self.publish(&message);
                        Ok(())
                    }
                    None => Err(self.server.unreachable()),
                },
                () = self.changes.notify.notified() => self.follow(sink, self.changes.take()).await,
                () = sleep(CHECK_AFTER) => self.answer(sink.ping::<redis::Value>()).await.map(drop),
            };
            if let Err(error) = outcome {
                return error;
            }
        }
    }

    fn publish(&self, message: &Msg) {
        if let Some(topic) = self.names.topic(message.get_channel_name()) {
            self.topics.publish_one(topic, message.get_payload_bytes());
        }
    }

    /// Subscribes to those of the topics that have listeners, and leaves the others.
    async fn follow(&self, sink: &mut PubSubSink, changed: Vec<String>) -> Result<(), StoreError> {
        let (mut new, mut left) = (BTreeSet::new(), BTreeSet::new());
        // A listener is added to its topic before it looks at the state. So either the topic is found
        // here, or the listener waits for a subscription of its own.
        self.state.send_if_modified(|state| {
            for topic in changed {
                let is_subscribed = state.subscribed.contains(&topic);
                if self.topics.contains(&topic) && !is_subscribed {
                    new.insert(topic);
                } else if !self.topics.contains(&topic) && is_subscribed {
                    state.subscribed.remove(&topic);
                    left.insert(topic);
                }
            }
            false
        });
        let channels = |topics: &BTreeSet<String>| -> Vec<_> {
            topics.iter().map(|topic| self.names.channel(topic)).collect()
        };
        if !left.is_empty() {
            self.answer(sink.unsubscribe(channels(&left))).await?;
        }
        if !new.is_empty() {
            self.answer(sink.subscribe(channels(&new))).await?;
            self.state.send_modify(|state| {
                state.subscribed.append(&mut new);
                state.failure = None;
            });
        }
        Ok(())
    }

    /// Waits for an answer, but not for long.
    async fn answer<T>(
        &self,
        answer: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, StoreError> {
        match timeout(ANSWER_TIMEOUT, answer).await {
            Ok(answer) => answer.map_err(|error: RedisError| self.server.failed(error)),
            Err(_) => Err(self.server.unreachable()),
        }
    }
}

impl Changes {
    fn add(&self, topic: &str) {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).push(topic.to_owned());
        self.notify.notify_one();
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.topics.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn next(stream: &mut PubSubStream) -> Option<Msg> {
    std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

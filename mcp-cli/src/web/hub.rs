//! Events on their way to the browsers that show the page.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::Serialize;
use tokio::sync::mpsc;

/// Maximum number of browsers and windows that show the page at the same time.
const MAX_SUBSCRIBERS: usize = 16;

/// Maximum number of events that wait for one of them.
const MAX_QUEUED_EVENTS: usize = 2048;

/// Maximum size of the events that wait for one of them, in bytes.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// Sends each event to all subscribers. One that does not read fast enough is disconnected: it connects
/// again, and gets the whole state.
#[derive(Default)]
pub(super) struct Hub(Mutex<Vec<Subscriber>>);

struct Subscriber {
    queue: mpsc::Sender<Arc<str>>,
    queued_bytes: Arc<AtomicUsize>,
}

/// The events of a subscriber, as JSON.
pub(super) struct Events {
    queue: mpsc::Receiver<Arc<str>>,
    queued_bytes: Arc<AtomicUsize>,
    first: Option<Arc<str>>,
}

impl Hub {
    /// Sends an event.
    pub(super) fn send(&self, event: &impl Serialize) {
        let mut subscribers = self.subscribers();
        if subscribers.is_empty() {
            return;
        }
        // The types of the events have no other keys than texts, so they can always be written.
        let Ok(event) = serde_json::to_string(event) else { return };
        let event: Arc<str> = one_line(event).into();
        subscribers.retain(|subscriber| {
            let queued = subscriber.queued_bytes.fetch_add(event.len(), Ordering::Relaxed);
            let has_room = queued + event.len() <= MAX_QUEUED_BYTES;
            has_room && subscriber.queue.try_send(Arc::clone(&event)).is_ok()
        });
    }

    /// Adds a subscriber; `None` if there are too many. `snapshot` is called once the subscriber gets
    /// events, and is its first one.
    pub(super) fn subscribe(&self, snapshot: impl FnOnce() -> String) -> Option<Events> {
        let (sender, queue) = mpsc::channel(MAX_QUEUED_EVENTS);
        let queued_bytes = Arc::<AtomicUsize>::default();
        {
            let mut subscribers = self.subscribers();
            subscribers.retain(|subscriber| !subscriber.queue.is_closed());
            if subscribers.len() >= MAX_SUBSCRIBERS {
                return None;
            }
            let queued_bytes = Arc::clone(&queued_bytes);
            subscribers.push(Subscriber { queue: sender, queued_bytes });
        }
        Some(Events { queue, queued_bytes, first: Some(one_line(snapshot()).into()) })
    }

    fn subscribers(&self) -> MutexGuard<'_, Vec<Subscriber>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// JSON without its line breaks, each of which would begin another line of the stream. JSON of servers has
/// them between its tokens; in strings they are escaped.
fn one_line(json: String) -> String {
    if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json }
}

impl Stream for Events {
    type Item = Arc<str>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        let next = std::task::ready!(self.queue.poll_recv(cx));
        if let Some(event) = &next {
            self.queued_bytes.fetch_sub(event.len(), Ordering::Relaxed);
        }
        Poll::Ready(next)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn next(events: &mut Events) -> Option<Arc<str>> {
        std::future::poll_fn(|cx| Pin::new(&mut *events).poll_next(cx)).await
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_disconnected() {
        let hub = Hub::default();
        let mut slow = hub.subscribe(|| "1".into()).unwrap();
        let mut quick = hub.subscribe(|| "1".into()).unwrap();
        assert_eq!(next(&mut quick).await.as_deref(), Some("1"));
        for _ in 0..=MAX_QUEUED_EVENTS {
            hub.send(&json!({}));
            assert_eq!(next(&mut quick).await.as_deref(), Some("{}"));
        }
        let mut count = 0;
        while next(&mut slow).await.is_some() {
            count += 1;
        }
        assert_eq!(count, MAX_QUEUED_EVENTS + 1);
        hub.send(&json!(2));
        assert_eq!(next(&mut quick).await.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn events_are_lines() {
        let hub = Hub::default();
        let json = "{\r\n  \"a\":\n1}";
        let mut events = hub.subscribe(|| json.into()).unwrap();
        hub.send(&serde_json::value::RawValue::from_string(json.into()).unwrap());
        for _ in 0..2 {
            let event = next(&mut events).await.unwrap();
            assert!(!event.contains(['\n', '\r']), "{event:?}");
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&event).unwrap(),
                json!({ "a": 1 })
            );
        }
    }

    #[test]
    fn the_number_of_subscribers_has_a_limit() {
        let hub = Hub::default();
        let subscribe = || hub.subscribe(String::new);
        let mut all: Vec<_> = std::iter::from_fn(subscribe).take(MAX_SUBSCRIBERS + 1).collect();
        assert_eq!(all.len(), MAX_SUBSCRIBERS);
        all.pop();
        assert!(subscribe().is_some());
    }
}

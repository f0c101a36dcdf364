//! Instances of a server that share a store: their presence, and changes of components.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::sleep;
use crate::component::app::App;
use crate::context::changes::{ChangeFeed, Outgoing, Sent};
use crate::store::Store;
use crate::store::batch::Batch;
use crate::store::instance::announce;
use crate::store::topics::Listener;

/// Pause after an operation of the store that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Topic of changes.
const CHANGES: &str = "changes";

/// Work of an instance beside its requests, as long as the server runs.
pub(super) fn work(app: &Arc<App>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    // None of it keeps the server.
    let (store, id) = (app.store.clone(), app.instance.id().to_owned());
    let (feed, ended) = (Arc::clone(&app.live.feed), app.presence.ended());
    Box::pin(async move {
        // Apart, because the record is removed when the server has ended.
        let (announced, announced_id) = (store.clone(), id.clone());
        tokio::spawn(async move { announce(&announced, &announced_id, ended).await });
        let outgoing = feed.outgoing();
        let changes = send_changes(&store, &id, &outgoing);
        tokio::join!(changes, receive_changes(&store, &id, &feed));
    })
}

/// Changes of an instance.
#[derive(Serialize, Deserialize)]
struct Message {
    from: String,
    changes: Sent,
}

async fn send_changes(store: &Store, id: &str, outgoing: &Outgoing) {
    loop {
        let message = Message { from: id.to_owned(), changes: outgoing.next().await };
        let Ok(text) = serde_json::to_vec(&message) else { continue };
        if let Err(error) = store.commit(Batch::new().publish(CHANGES, text)).await {
            tracing::warn!(error = %error.report(), "other instances are not notified of changes yet");
            outgoing.put_back(message.changes);
            sleep(RETRY).await;
        }
    }
}

async fn receive_changes(store: &Store, id: &str, feed: &ChangeFeed) {
    let mut missed = false;
    loop {
        match store.subscribe(CHANGES).await {
            Ok(listener) => {
                if missed {
                    feed.receive(&Sent::everything());
                }
                receive(listener, id, feed).await;
            }
            Err(error) => {
                tracing::warn!(error = %error.report(), "changes of other instances are not heard yet");
            }
        }
        missed = true;
        sleep(RETRY).await;
    }
}

/// Publishes the changes of other instances, until the store ends.
async fn receive(mut listener: Listener, id: &str, feed: &ChangeFeed) {
    while let Some(message) = listener.next().await {
        if message.is_empty() {
            feed.receive(&Sent::everything());
            continue;
        }
        match serde_json::from_slice::<Message>(&message) {
            Ok(message) if message.from == id => {}
            Ok(message) => feed.receive(&message.changes),
            Err(error) => tracing::warn!(%error, "a message of another instance cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_reach_other_instances_only() {
        let store = Store::memory();
        let feeds = [(); 2].map(|()| ChangeFeed::default());
        let mut changed = feeds[1].subscribe();
        let outgoing = feeds[0].outgoing();
        let work = async {
            tokio::join!(
                send_changes(&store, "first", &outgoing),
                receive_changes(&store, "first", &feeds[0]),
                receive_changes(&store, "second", &feeds[1]),
            )
        };
        let test = async {
            // The listeners are there once they were polled.
            tokio::task::yield_now().await;
            feeds[0].send_lists(|changes| changes.tools += 1);
            changed.changed().await.unwrap();
        };
        tokio::select! {
            _ = work => panic!("nothing ends"),
            () = test => {}
        }
        assert_eq!((feeds[1].current().tools, feeds[0].current().tools), (1, 0));
    }
}

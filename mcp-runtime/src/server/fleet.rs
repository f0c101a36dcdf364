//! Instances of a server that share a store: their presence, the key of `requestState`, and changes of
//! components.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use crate::component::app::App;
use crate::context::changes::{ChangeFeed, Outgoing, Sent};
use crate::store::batch::{Batch, Committed};
use crate::store::instance::announce;
use crate::store::topics::Listener;
use crate::store::{Store, StoreError};

/// Pause after an operation of the store that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Topic of changes.
const CHANGES: &str = "changes";

/// Record of the secret that keys are derived from.
const SECRET: &str = "secret/request-state";

/// Length of the secret in bytes.
const SECRET_LENGTH: usize = 32;

/// Work of an instance beside its requests, as long as the server runs.
pub(super) fn work(app: &Arc<App>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    // None of it keeps the server.
    let (store, id) = (app.store.clone(), app.instance.id().to_owned());
    let (feed, ended) = (Arc::clone(&app.live.feed), app.presence.ended());
    let app = Arc::downgrade(app);
    Box::pin(async move {
        let secret = share_secret(&store, &app);
        if !store.is_shared() {
            return secret.await;
        }
        // Apart, because the record is removed when the server has ended.
        let (announced, announced_id) = (store.clone(), id.clone());
        tokio::spawn(async move { announce(&announced, &announced_id, ended).await });
        let outgoing = feed.outgoing();
        let changes = send_changes(&store, &id, &outgoing);
        tokio::join!(secret, changes, receive_changes(&store, &id, &feed));
    })
}

/// Gives the server the secret of all instances, unless it has keys. The first of them makes it.
async fn share_secret(store: &Store, app: &Weak<App>) {
    let wants_secret = |app: Arc<App>| app.asking.sealer.wants_secret();
    while app.upgrade().is_some_and(wants_secret) {
        match secret(store).await {
            Ok(Some(secret)) => {
                if let Some(app) = app.upgrade() {
                    app.asking.sealer.share(&secret);
                }
            }
            Ok(None) => {
                return tracing::error!("the system gives no random numbers for a shared key");
            }
            Err(error) => {
                tracing::error!(error = %error.report(), "the key of `requestState` is not shared yet");
                sleep(RETRY).await;
            }
        }
    }
}

/// Reads the secret, or makes it; `None` if the system has no random numbers.
async fn secret(store: &Store) -> Result<Option<Bytes>, StoreError> {
    loop {
        if let Some(record) = store.get(SECRET).await? {
            return Ok(Some(record.value));
        }
        let mut made = [0; SECRET_LENGTH];
        if getrandom::fill(&mut made).is_err() {
            return Ok(None);
        }
        let batch = Batch::new().expect_absent(SECRET).put(SECRET, made.to_vec(), None);
        if let Committed::Yes(_) = store.commit(batch).await? {
            return Ok(Some(made.to_vec().into()));
        }
    }
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
    async fn the_first_instance_makes_the_secret() {
        let store = Store::memory();
        let secrets = tokio::join!(secret(&store), secret(&store));
        let (first, second) = (secrets.0.unwrap().unwrap(), secrets.1.unwrap().unwrap());
        assert_eq!((&first, first.len()), (&second, SECRET_LENGTH));
    }

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

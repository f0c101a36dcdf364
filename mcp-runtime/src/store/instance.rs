//! Processes that share a store, and which of them are still there.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::batch::Batch;
use super::value::expires_in;
use super::{Store, StoreError};
use crate::clock::sleep;
use crate::random_id::random_id;

/// Time for which an instance counts as present after it was last seen.
const PRESENT_FOR: Duration = Duration::from_secs(6);

/// Interval at which an instance shows that it is present.
const RENEWAL: Duration = Duration::from_secs(2);

/// Instances of this process. They need no record, because they end with it.
static HERE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// One server among those that share a store.
pub(crate) struct Instance {
    id: String,
}

impl Instance {
    /// Creates an instance with a random id.
    ///
    /// # Errors
    /// The error of the system, if it has no random numbers.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let id = random_id()?;
        here().insert(id.clone());
        Ok(Self { id })
    }

    /// Id of the instance, which no other one has ever had.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        here().remove(&self.id);
    }
}

/// Keeps the record of an instance, until the given future ends. Then the record is removed.
pub(crate) async fn announce(store: &Store, id: &str, ended: impl Future<Output = ()>) {
    let key = key(id);
    tokio::pin!(ended);
    loop {
        let batch = Batch::new().put(&key, Bytes::new(), expires_in(PRESENT_FOR));
        if let Err(error) = store.commit(batch).await {
            tracing::warn!(error = %error.report(), "this instance cannot announce itself");
        }
        tokio::select! {
            () = &mut ended => break,
            () = sleep(RENEWAL) => {}
        }
    }
    // Without success it expires.
    let _ = store.commit(Batch::new().remove(&key)).await;
}

/// Returns `true` if an instance has ended or was not seen for a while. It looks twice, because the record
/// of an instance expires too while the store is away.
///
/// # Errors
/// If the store cannot be reached.
pub(crate) async fn has_gone(store: &Store, id: &str) -> Result<bool, StoreError> {
    if is_present(store, id).await? {
        return Ok(false);
    }
    if store.is_shared() {
        sleep(RENEWAL + RENEWAL / 2).await;
    }
    Ok(!is_present(store, id).await?)
}

async fn is_present(store: &Store, id: &str) -> Result<bool, StoreError> {
    if here().contains(id) {
        return Ok(true);
    }
    Ok(store.is_shared() && store.get(&key(id)).await?.is_some())
}

fn key(id: &str) -> String {
    format!("instance/{id}")
}

fn here() -> MutexGuard<'static, BTreeSet<String>> {
    HERE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_instance_is_there_until_it_is_dropped() {
        let store = Store::memory();
        let instance = Instance::new().unwrap();
        let id = instance.id().to_owned();
        assert!(!has_gone(&store, &id).await.unwrap());
        drop(instance);
        assert!(has_gone(&store, &id).await.unwrap());
    }

    #[tokio::test]
    async fn the_record_goes_with_the_instance() {
        let store = Store::memory();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let announcing = announce(&store, "a", async {
            ended.await.unwrap();
        });
        let seen = async {
            while store.get(&key("a")).await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
            end.send(()).unwrap();
        };
        tokio::join!(announcing, seen);
        assert_eq!(store.get(&key("a")).await.unwrap(), None);
    }
}

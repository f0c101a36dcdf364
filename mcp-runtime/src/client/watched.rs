//! The resources that are watched in a session.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_core::method::Method;

use super::connect::json;
use super::core::{Core, Options};
use super::error::Error;

/// How long a server may take to be told that a resource is not watched any more.
const FAREWELL: Duration = Duration::from_secs(5);

/// Whether the server tells of a resource. Who holds it is the only one who asks for that, so that
/// the end of one subscription and the begin of another do not overtake each other.
type Turn = Arc<tokio::sync::Mutex<Told>>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Told {
    #[default]
    No,
    /// It was asked to and may have agreed.
    Perhaps,
    Yes,
}

/// What is watched, and by how many subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<BTreeMap<String, Shared>>);

/// It stays after the last subscription until the server was told of the end.
#[derive(Debug, Default)]
struct Shared {
    count: usize,
    turn: Turn,
}

impl Watched {
    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, uri: &str) -> Turn {
        let mut open = self.open();
        let shared = open.entry(uri.to_owned()).or_default();
        shared.count += 1;
        Arc::clone(&shared.turn)
    }

    /// Counts the end of a subscription, and says so if it was the last.
    fn remove(&self, uri: &str) -> Option<Turn> {
        let mut open = self.open();
        let shared = open.get_mut(uri)?;
        shared.count -= 1;
        (shared.count == 0).then(|| Arc::clone(&shared.turn))
    }

    fn is_wanted(&self, uri: &str) -> bool {
        self.open().get(uri).is_some_and(|shared| shared.count > 0)
    }

    /// Forgets what nobody watches.
    fn forget(&self, uri: &str) {
        let mut open = self.open();
        if open.get(uri).is_some_and(|shared| shared.count == 0) {
            open.remove(uri);
        }
    }

    /// The parameters with which everything is subscribed to again.
    pub(crate) fn subscriptions(&self) -> Vec<String> {
        self.open().keys().map(|uri| of_uri(uri)).collect()
    }
}

fn of_uri(uri: &str) -> String {
    format!(r#"{{"uri":{}}}"#, json(uri))
}

/// Subscriptions to resources in a session, which end with it.
pub(super) struct Interest {
    core: Arc<Core>,
    uris: Vec<String>,
}

impl Interest {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::clone(core), uris: Vec::new() }
    }

    /// Watches one more. It returns when the server tells of it.
    ///
    /// # Errors
    /// As any request. It is not watched then, once this is dropped.
    pub(super) async fn add(&mut self, uri: &str) -> Result<(), Error> {
        let turn = self.core.watched.add(uri);
        // From here on it is given up with this.
        self.uris.push(uri.to_owned());
        let mut told = turn.lock().await;
        if *told == Told::Yes {
            return Ok(());
        }
        *told = Told::Perhaps;
        let (params, mut options) = (of_uri(uri), Options::default());
        match self.core.request(Method::ResourcesSubscribe, &params, &mut options).await {
            Ok(_) => *told = Told::Yes,
            Err(error @ Error::Remote(_)) => {
                *told = Told::No;
                self.uris.pop();
                if self.core.watched.remove(uri).is_some() {
                    self.core.watched.forget(uri);
                }
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        let last = self.uris.drain(..);
        let last = last.filter_map(|uri| self.core.watched.remove(&uri).map(|turn| (uri, turn)));
        let last: Vec<_> = last.collect();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !last.is_empty() => {
                runtime.spawn(farewell(Arc::clone(&self.core), last));
            }
            _ => last.iter().for_each(|(uri, _)| self.core.watched.forget(uri)),
        }
    }
}

/// Tells the server what is not watched any more, as long as it answers and somebody else needs the
/// connection. What it goes on to tell, nobody hears.
async fn farewell(core: Arc<Core>, last: Vec<(String, Turn)>) {
    let mut answers = true;
    for (uri, turn) in last {
        let mut told = turn.lock().await;
        if core.watched.is_wanted(&uri) {
            continue;
        }
        answers &= Arc::strong_count(&core) > 1 && core.current().transport.end().is_none();
        if answers && *told != Told::No {
            let mut options = Options { longest: Some(FAREWELL), ..Options::default() };
            let params = of_uri(&uri);
            let outcome = core.request(Method::ResourcesUnsubscribe, &params, &mut options).await;
            answers = !matches!(outcome, Err(Error::Timeout { .. }));
        }
        *told = Told::No;
        core.watched.forget(&uri);
    }
}

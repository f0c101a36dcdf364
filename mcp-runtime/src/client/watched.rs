//! The resources that a session tells of, and for how many subscriptions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use mcp_core::method::Method;

use super::connect::{Link, json};
use super::core::{Core, Options};
use super::error::Error;

/// How long a server may take to be told that a resource is not watched any more.
const FAREWELL: Duration = Duration::from_secs(5);

/// The resources that are watched in a session.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<BTreeMap<String, Resource>>);

/// How a resource is watched.
#[derive(Debug, Default)]
struct Resource {
    subscriptions: usize,
    /// The session that tells of it, unless it ends.
    told_by: Weak<Link>,
    /// Whether a server may have been made to tell of it.
    was_asked: bool,
    /// Held while the server is asked, so that subscribing and its end do not overtake each other.
    asking: Arc<tokio::sync::Mutex<()>>,
}

impl Watched {
    fn resources(&self) -> MutexGuard<'_, BTreeMap<String, Resource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, uri: &str, act: impl FnOnce(&mut Resource) -> T) -> T {
        act(self.resources().entry(uri.to_owned()).or_default())
    }

    /// Everything that is subscribed to.
    pub(crate) fn uris(&self) -> Vec<String> {
        let resources = self.resources();
        let live = resources.iter().filter(|(_, resource)| resource.subscriptions > 0);
        live.map(|(uri, _)| uri.clone()).collect()
    }

    /// A session tells of a resource.
    pub(crate) fn tells(&self, link: &Arc<Link>, uri: &str) {
        self.with(uri, |resource| {
            resource.told_by = Arc::downgrade(link);
            resource.was_asked = true;
        });
    }

    fn is_told(&self, link: &Arc<Link>, uri: &str) -> bool {
        self.with(uri, |resource| Weak::ptr_eq(&resource.told_by, &Arc::downgrade(link)))
    }

    /// Forgets a resource that nobody watches; whether a server is still to be told of that.
    fn is_left_over(&self, uri: &str) -> bool {
        let mut resources = self.resources();
        let Some(resource) = resources.get(uri) else { return false };
        let is_idle = resource.subscriptions == 0;
        if is_idle && !resource.was_asked {
            resources.remove(uri);
            return false;
        }
        is_idle
    }
}

/// The parameters with which a resource is subscribed to.
pub(crate) fn of_uri(uri: &str) -> String {
    format!(r#"{{"uri":{}}}"#, json(uri))
}

/// What one subscription watches in a session, until it is dropped.
pub(crate) struct Interest {
    core: Arc<Core>,
    uris: Vec<String>,
}

impl Interest {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::clone(core), uris: Vec::new() }
    }

    /// Has the server tell of one more resource, unless it does already.
    pub(crate) async fn begin(&mut self, uri: &str) -> Result<(), Error> {
        let watched = &self.core.watched;
        let asking = watched.with(uri, |resource| {
            resource.subscriptions += 1;
            Arc::clone(&resource.asking)
        });
        // From here on it is counted back in any case.
        self.uris.push(uri.to_owned());
        let _asking = asking.lock().await;
        if watched.is_told(&self.core.current(), uri) {
            return Ok(());
        }
        watched.with(uri, |resource| resource.was_asked = true);
        let mut options = Options::default();
        let asked = self.core.request(Method::ResourcesSubscribe, &of_uri(uri), &mut options).await;
        match asked {
            Ok(_) => watched.tells(&self.core.current(), uri),
            Err(Error::Remote(_)) => watched.with(uri, |resource| resource.was_asked = false),
            Err(_) => {}
        }
        asked.map(drop)
    }

    /// Does without the resource that was begun last.
    pub(crate) fn take_back(&mut self) {
        if let Some(uri) = self.uris.pop() {
            self.core.watched.with(&uri, |resource| resource.subscriptions -= 1);
            self.core.watched.is_left_over(&uri);
        }
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        let watched = &self.core.watched;
        let mut left_over = Vec::new();
        let can_tell = self.core.current().transport.end().is_none();
        for uri in self.uris.drain(..) {
            watched.with(&uri, |resource| {
                resource.subscriptions -= 1;
                resource.was_asked &= can_tell;
            });
            if watched.is_left_over(&uri) {
                left_over.push(uri);
            }
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !left_over.is_empty() {
            runtime.spawn(farewell(Arc::clone(&self.core), left_over));
        }
    }
}

/// Tells the server what is not watched any more, as long as it answers and somebody else needs the
/// connection. What it goes on to tell, nobody hears.
async fn farewell(core: Arc<Core>, left_over: Vec<String>) {
    let mut answers = true;
    for uri in left_over {
        let asking = core.watched.with(&uri, |resource| Arc::clone(&resource.asking));
        let _asking = asking.lock().await;
        if !core.watched.is_left_over(&uri) {
            continue;
        }
        // A session that has ended tells of nothing, and is not opened again for that.
        answers &= Arc::strong_count(&core) > 1 && core.current().transport.end().is_none();
        if answers {
            let mut options = Options { longest: Some(FAREWELL), ..Options::default() };
            let params = of_uri(&uri);
            let outcome = core.request(Method::ResourcesUnsubscribe, &params, &mut options).await;
            answers = !matches!(outcome, Err(Error::Timeout { .. }));
        }
        core.watched.with(&uri, |resource| {
            resource.told_by = Weak::new();
            resource.was_asked = false;
        });
        core.watched.is_left_over(&uri);
    }
}

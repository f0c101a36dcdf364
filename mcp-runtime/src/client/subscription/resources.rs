//! The resources to which one subscription subscribes a session.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mcp_core::method::Method;

use crate::client::core::{Core, RequestOptions, uri_params};
use crate::client::error::Error;

/// Longest time in which a server may accept that it is unsubscribed.
const UNSUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(5);

/// The resources to which one subscription subscribes a session, until it is dropped.
pub(super) struct ResourceSubscriptions {
    core: Arc<Core>,
    uris: Vec<String>,
}

impl ResourceSubscriptions {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::clone(core), uris: Vec::new() }
    }

    /// Subscribes to one more resource, unless the session is subscribed already.
    pub(super) async fn add(&mut self, uri: &str) -> Result<(), Error> {
        let subscribed = &self.core.subscribed;
        let requesting = subscribed.update(uri, |resource| {
            resource.subscriptions += 1;
            Arc::clone(&resource.requesting)
        });
        // From here on, dropping `self` reverts the count.
        self.uris.push(uri.to_owned());
        let _requesting = requesting.lock().await;
        if subscribed.is_subscribed(&self.core.current_connection(), uri) {
            return Ok(());
        }
        subscribed.update(uri, |resource| resource.was_requested = true);
        let (method, params) = (Method::ResourcesSubscribe, uri_params(uri));
        let mut options = RequestOptions::default();
        let outcome = self.core.request_plain(method, &params, &mut options).await;
        match outcome {
            Ok(_) => subscribed.set_subscribed(&self.core.current_connection(), uri),
            Err(Error::Remote(_)) => {
                subscribed.update(uri, |resource| resource.was_requested = false);
            }
            Err(_) => {}
        }
        outcome.map(drop)
    }

    /// Removes the resource that was added last, because the server refused it.
    pub(super) fn remove_last(&mut self) {
        if let Some(uri) = self.uris.pop() {
            self.core.subscribed.update(&uri, |resource| resource.subscriptions -= 1);
            self.core.subscribed.must_unsubscribe(&uri);
        }
    }
}

impl Drop for ResourceSubscriptions {
    fn drop(&mut self) {
        let subscribed = &self.core.subscribed;
        let mut unused = Vec::new();
        let is_connected = self.core.current_connection().transport.end().is_none();
        for uri in self.uris.drain(..) {
            subscribed.update(&uri, |resource| {
                resource.subscriptions -= 1;
                resource.was_requested &= is_connected;
            });
            if subscribed.must_unsubscribe(&uri) {
                unused.push(uri);
            }
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !unused.is_empty() {
            runtime.spawn(unsubscribe(Arc::clone(&self.core), unused));
        }
    }
}

/// Unsubscribes from resources, as long as the server responds and another clone of the client keeps
/// the connection. Otherwise further notifications are ignored.
async fn unsubscribe(core: Arc<Core>, uris: Vec<String>) {
    let mut responds = true;
    for uri in uris {
        let requesting = core.subscribed.update(&uri, |resource| Arc::clone(&resource.requesting));
        let _requesting = requesting.lock().await;
        if !core.subscribed.must_unsubscribe(&uri) {
            continue;
        }
        // A session that has ended sends no notifications, and is not opened again for this.
        responds &= Arc::strong_count(&core) > 1;
        responds &= core.current_connection().transport.end().is_none();
        if responds {
            let mut options =
                RequestOptions { timeout: Some(UNSUBSCRIBE_TIMEOUT), ..RequestOptions::default() };
            let (method, params) = (Method::ResourcesUnsubscribe, uri_params(&uri));
            let outcome = core.request_plain(method, &params, &mut options).await;
            responds = !matches!(outcome, Err(Error::Timeout { .. }));
        }
        core.subscribed.update(&uri, |resource| {
            resource.connection = Weak::new();
            resource.was_requested = false;
        });
        core.subscribed.must_unsubscribe(&uri);
    }
}

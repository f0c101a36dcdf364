//! The resources to which a session is subscribed.

use mcp_core::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::client::connection::Connection;

/// The resources to which a session is subscribed, by URI.
#[derive(Default)]
pub(crate) struct SubscribedResources(Mutex<BTreeMap<String, SubscribedResource>>);

/// A resource and its subscriptions.
#[derive(Default)]
pub(crate) struct SubscribedResource {
    /// Number of subscriptions of this client.
    pub(crate) subscriptions: usize,
    /// Connection over which the server has confirmed the subscription, unless that has ended.
    pub(crate) connection: Weak<Connection>,
    /// `true` if the server may be subscribed.
    pub(crate) was_requested: bool,
    /// Held during a request, so that subscribing and unsubscribing do not overtake each other.
    pub(crate) requesting: Arc<tokio::sync::Mutex<()>>,
}

impl SubscribedResources {
    fn resources(&self) -> MutexGuard<'_, BTreeMap<String, SubscribedResource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the entry of a resource, which is added if there is none.
    pub(crate) fn update<T>(
        &self,
        uri: &str,
        update: impl FnOnce(&mut SubscribedResource) -> T,
    ) -> T {
        update(self.resources().entry(uri.to_owned()).or_default())
    }

    /// Returns the resources that have subscriptions.
    pub(crate) fn uris(&self) -> Vec<String> {
        let resources = self.resources();
        let used = resources.iter().filter(|(_, resource)| resource.subscriptions > 0);
        used.map(|(uri, _)| uri.clone()).collect()
    }

    /// Stores that the server has confirmed a subscription over a connection.
    pub(crate) fn set_subscribed(&self, connection: &Arc<Connection>, uri: &str) {
        self.update(uri, |resource| {
            resource.connection = Arc::downgrade(connection);
            resource.was_requested = true;
        });
    }

    /// Returns `true` if the server has confirmed a subscription over a connection.
    pub(crate) fn is_subscribed(&self, connection: &Arc<Connection>, uri: &str) -> bool {
        let connection = Arc::downgrade(connection);
        self.update(uri, |resource| Weak::ptr_eq(&resource.connection, &connection))
    }

    /// Removes a resource without subscriptions. Returns `true`, and keeps it, if the server has to
    /// be unsubscribed before.
    pub(crate) fn must_unsubscribe(&self, uri: &str) -> bool {
        let mut resources = self.resources();
        let Some(resource) = resources.get(uri) else { return false };
        let is_unused = resource.subscriptions == 0;
        if is_unused && !resource.was_requested {
            resources.remove(uri);
            return false;
        }
        is_unused
    }
}

/// Writes the parameters of subscribing and unsubscribing.
pub(crate) fn uri_params(uri: &str) -> String {
    json::object_string(|params| params.value("uri", uri))
}

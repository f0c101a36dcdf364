//! Changes of tasks for clients that listen to them.

use std::collections::HashMap;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::revision::notification;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::access::{require_extension, store_failed};
use super::keys::{self, Keys};
use super::methods::load;
use super::wire;
use crate::component::app::App;
use crate::context::exchange::Exchange;
use crate::context::principal::Owner;
use crate::context::request_channel::RequestChannel;
use crate::store::topics::Listener;

/// Number of tasks that one request follows.
const MAX_FOLLOWED: usize = 1000;

/// Tasks that a client follows.
pub(crate) struct Followed(Vec<(String, Listener)>);

/// Begins to follow the tasks of a filter that belong to the sender. Changes from then on are seen.
///
/// # Errors
/// `-32021` if the client does not declare the extension, `-32602` for too many tasks.
pub(crate) async fn follow(
    app: &Arc<App>,
    exchange: &Exchange,
    ids: &[String],
) -> Result<Followed, ProtocolError> {
    require_extension(exchange)?;
    if ids.len() > MAX_FOLLOWED {
        let message = format!("`taskIds`: expected at most {MAX_FOLLOWED}, got {}", ids.len());
        return Err(ProtocolError::invalid_params(message));
    }
    let owner = Owner::of(exchange.origin.principal.as_deref());
    let mut followed: Vec<(String, Listener)> = Vec::new();
    for id in ids.iter().filter(|id| keys::is_id(id)) {
        let is_known = followed.iter().any(|(known, _)| known == id);
        let found = if is_known { None } else { load(app, id).await? };
        if found.is_some_and(|it| it.state.owner == owner && !it.state.is_core) {
            let listener = app.store.subscribe(&Keys(id).topic()).await;
            followed.push((id.clone(), listener.map_err(|error| store_failed(&error))?));
        }
    }
    Ok(Followed(followed))
}

impl Followed {
    /// The ids of the tasks.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.iter().map(|(id, _)| id.clone()).collect()
    }

    /// Sends the state of each task now, and after each change. `meta` is the `_meta` of the messages.
    pub(crate) async fn forward(self, app: &Arc<App>, channel: &RequestChannel, meta: &str) {
        let mut following = JoinSet::new();
        let (changed, mut changes) = mpsc::channel(1);
        for (id, mut listener) in self.0 {
            let changed = changed.clone();
            following.spawn(async move {
                // Sends fail when the client has gone.
                while changed.send(id.clone()).await.is_ok() && listener.next().await.is_some() {}
            });
        }
        drop(changed);
        let mut sent = HashMap::new();
        while let Some(id) = changes.recv().await {
            channel.ready().await;
            let Ok(Some(found)) = load(app, &id).await else { continue };
            // An answer that has arrived is no change yet.
            if sent.insert(id, found.version) == Some(found.version) {
                continue;
            }
            channel.notify(notification(Method::TaskStatus.as_str(), |params| {
                params.raw("_meta", meta);
                params.members(|out| wire::write(out, &found.state));
            }));
        }
    }
}

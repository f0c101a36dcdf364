//! Telling clients that a list or a resource has changed.
//!
//! Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions),
//! and of the sessions before it [Resources](https://modelcontextprotocol.io/specification/2025-11-25/server/resources#subscriptions).

pub(crate) mod filter;

use std::future::Future;
use std::sync::Arc;

use mcp_core::json::Object;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::SubscriptionFilter;
use mcp_core::revision::notification;

use self::filter::Lists;
use crate::component::app::App;
use crate::component::handler::{HandlerFuture, HandlerOutput};
use crate::context::exchange::{Exchange, Origin, Sender};
use crate::context::members::Members;
use crate::context::request_channel::RequestChannel;
use crate::context::resource_subscriptions::{NotSubscribed, ResourceSubscriptions};
use crate::context::session::{Session, SessionChange};
use crate::context::sink::SharedSink;
use crate::server::tasks::Followed;

/// A `subscriptions/listen` request that was understood.
pub(crate) struct Subscription {
    filter: SubscriptionFilter,
    resources: ResourceSubscriptions,
    /// Ids of tasks that the request names.
    task_ids: Vec<String>,
}

impl Subscription {
    /// Reads the request. What happens from then on is heard.
    ///
    /// # Errors
    /// [`NotSubscribed`] if there is no filter, it is malformed, it watches too much, or there is no
    /// memory.
    pub(crate) fn read(app: &Arc<App>, exchange: &Exchange) -> Result<Self, NotSubscribed> {
        let filter = filter::read(exchange.params()).map_err(NotSubscribed::Invalid)?;
        let task_ids = filter.task_ids.clone().unwrap_or_default();
        let filter = filter::honoured(app, filter);
        let budget = exchange.channel.sink().budget().unwrap_or(&app.memory);
        let resources = ResourceSubscriptions::new(&app.live.feed, budget);
        let subscription = Self { filter, resources, task_ids };
        let hidden = app.hidden_from(exchange);
        for uri in subscription.uris().filter(|uri| !hidden.contains(uri)) {
            subscription.resources.add(uri)?;
        }
        Ok(subscription)
    }

    /// Ids of the tasks that the request names.
    pub(crate) fn task_ids(&self) -> &[String] {
        &self.task_ids
    }

    /// The resources that the request names.
    fn uris(&self) -> impl Iterator<Item = &str> {
        self.filter.resource_subscriptions.iter().flatten().map(String::as_str)
    }

    /// Notifies the client of changes until the server ends, and returns the result. `meta` is the member
    /// that names the subscription and goes with every message.
    ///
    /// The future stays as long as the client listens, so it keeps only what that needs, and is in a box: a
    /// future that awaits another one takes twice its size.
    pub(crate) fn serve(
        mut self,
        app: Arc<App>,
        exchange: Exchange,
        meta: String,
        tasks: Option<Followed>,
    ) -> HandlerFuture {
        self.filter.task_ids = tasks.as_ref().map(Followed::ids);
        let channel = exchange.channel.clone();
        // The request takes memory, so it is kept only where it decides on what is visible.
        let caller = (app.depends_on_caller() || app.may_gain).then(|| Box::new(exchange));
        // As an object, from which the members of the result come back.
        let meta = format!("{{{meta}}}");
        let method = Method::SubscriptionsAcknowledged;
        let acknowledgement = notification_of(method, Some(&meta), |params| {
            params.value("notifications", &self.filter);
        });
        let lists = Lists::of(&self.filter);
        let Self { filter, resources, .. } = self;
        let uris = filter.resource_subscriptions.unwrap_or_default();
        Box::pin(async move {
            #[cfg(feature = "client")]
            let settled = crate::component::resource::upstream_watch::settled;
            #[cfg(feature = "client")]
            Box::pin(settled(&app, uris.iter().map(String::as_str))).await;
            drop(uris);
            // Nothing may come before it, so it must not be dropped.
            channel.ready().await;
            channel.notify(acknowledgement);
            let (named, caller) = (Some(&*meta), caller.as_deref());
            let listener =
                Listener { app: &app, resources: &resources, lists, meta: named, caller };
            match tasks {
                None => listener.forward(channel.clone()).await,
                Some(tasks) => {
                    let changes = listener.forward(channel.clone());
                    let followed = tasks.forward(&app, &channel, &meta);
                    Box::pin(until_changes_end(changes, followed)).await;
                }
            }
            let meta = meta[1..meta.len() - 1].to_owned();
            Ok(HandlerOutput::Members(Members { meta, ..Members::default() }))
        })
    }
}

/// Waits for the end of the changes, beside the tasks, which may end before.
async fn until_changes_end(changes: impl Future<Output = ()>, tasks: impl Future<Output = ()>) {
    let tasks = async {
        tasks.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = changes => {}
        () = tasks => {}
    }
}

/// Notifies a legacy session of changes until the server ends, those included that it has missed
/// since its handshake. `origin` is who reads them.
pub(crate) async fn announce(
    app: Arc<App>,
    session: Arc<Session>,
    sink: SharedSink,
    origin: Origin,
) {
    let _listening = session.listen();
    let caller = Exchange::of_session(Arc::clone(&session), sink, origin);
    let listener = Listener {
        app: &app,
        resources: &session.subscriptions,
        lists: Lists::ALL,
        meta: None,
        caller: Some(&caller),
    };
    listener.forward(caller.channel.clone()).await;
}

/// Begins to watch a resource for a legacy session: `resources/subscribe`.
///
/// A resource that does not exist may be watched as well, because it may come to exist. One that
/// the sender does not see answers alike, and is never heard of.
///
/// # Errors
/// `-32602` if no URI is given, or too many are.
pub(crate) async fn subscribe(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let uri = uri_of(&exchange, Method::ResourcesSubscribe)?;
    if let Sender::Session(session) = &exchange.sender
        && !app.hides(&uri, &exchange)
    {
        session.change(SessionChange::Subscribe(uri.clone())).await?;
        #[cfg(feature = "client")]
        crate::component::resource::upstream_watch::settled(&app, std::iter::once(&*uri)).await;
    }
    Ok(Members::default())
}

/// Reads `resources/unsubscribe` of a legacy session.
///
/// # Errors
/// `-32602` if no URI is given.
pub(crate) fn unsubscribe(exchange: &Exchange) -> Result<SessionChange, ProtocolError> {
    uri_of(exchange, Method::ResourcesUnsubscribe).map(SessionChange::Unsubscribe)
}

fn uri_of(exchange: &Exchange, method: Method) -> Result<String, ProtocolError> {
    exchange.subject("uri")?.map(Into::into).ok_or_else(|| {
        let message = format!("{method}: expected `uri`, the URI of a resource, as a string");
        ProtocolError::invalid_params(message)
    })
}

/// A client that receives changes.
struct Listener<'a> {
    app: &'a Arc<App>,
    resources: &'a ResourceSubscriptions,
    lists: Lists,
    /// Member of the parameters of every message that names the subscription.
    meta: Option<&'a str>,
    /// Request that decides on what is visible; `None` if everything is.
    caller: Option<&'a Exchange>,
}

impl Listener<'_> {
    /// Notifies the client of changes until the server ends.
    async fn forward(self, channel: RequestChannel) {
        let Self { app, resources, lists, meta, .. } = self;
        let mut changes = app.live.feed.subscribe();
        loop {
            // While the peer is slow, further changes fall together.
            if !has_room(app, &channel).await {
                return;
            }
            let now = *changes.borrow_and_update();
            let notified = resources.replace_notified(now);
            let unknown = |count: fn(&crate::context::changes::Changes) -> u64| {
                notified.is_none_or(|notified| count(&notified) != count(&now))
            };
            for (method, changed) in [
                (Method::ToolsListChanged, lists.tools && unknown(|it| it.tools)),
                (Method::PromptsListChanged, lists.prompts && unknown(|it| it.prompts)),
                (Method::ResourcesListChanged, lists.resources && unknown(|it| it.resources)),
            ] {
                if changed {
                    channel.notify(notification_of(method, meta, |_| {}));
                }
            }
            while let Some(message) = resources.next_posted() {
                channel.notify(message);
                if !has_room(app, &channel).await {
                    return;
                }
            }
            if !self.notify_of_resources(&channel).await {
                return;
            }
            tokio::select! {
                () = app.closing.cancelled() => return,
                changed = changes.changed() => if changed.is_err() { return },
                () = resources.woken() => {}
            }
        }
    }

    /// Notifies the client of the resources that have changed, except those that are hidden from it: a
    /// resource may come to exist after a client has subscribed to it. Returns `false` if the server ends
    /// meanwhile.
    async fn notify_of_resources(&self, channel: &RequestChannel) -> bool {
        let mut hidden = None;
        while let Some(uri) = self.resources.next_changed() {
            if let Some(caller) = self.caller
                && hidden.get_or_insert_with(|| self.app.hidden_from(caller)).contains(&uri)
            {
                continue;
            }
            let updated = Method::ResourceUpdated;
            let message = notification_of(updated, self.meta, |params| params.value("uri", &*uri));
            channel.notify(message);
            if !has_room(self.app, channel).await {
                return false;
            }
        }
        true
    }
}

/// Waits for room; false if the server ends meanwhile.
async fn has_room(app: &App, channel: &RequestChannel) -> bool {
    tokio::select! {
        biased;
        () = app.closing.cancelled() => false,
        () = channel.ready() => true,
    }
}

fn notification_of(
    method: Method,
    meta: Option<&str>,
    members: impl FnOnce(&mut Object<'_>),
) -> Vec<u8> {
    notification(method.as_str(), |params| {
        if let Some(meta) = meta {
            params.raw("_meta", meta);
        }
        members(params);
    })
}

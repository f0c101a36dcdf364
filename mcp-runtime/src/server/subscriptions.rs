//! Telling clients that a list has changed.
//!
//! Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions).

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::revision::write_notification;

use super::app::{App, Changes};
use super::outlet::SharedOutlet;

/// What a listener wants to hear of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    tools: bool,
}

impl Filter {
    /// Everything: what a legacy session hears.
    pub(crate) const ALL: Self = Self { tools: true };

    /// Reads the filter of `subscriptions/listen`. What the server does not offer is left out.
    ///
    /// # Errors
    /// `-32602` if there is no filter or it is malformed.
    pub(crate) fn read(params: Option<Raw<'_>>) -> Result<Self, ProtocolError> {
        let wanted = params.and_then(|params| params.member("notifications"));
        let wanted = wanted.filter(|wanted| wanted.is_object()).ok_or_else(|| {
            ProtocolError::invalid_params(
                "subscriptions/listen: expected `notifications`, an object that says what to hear of",
            )
        })?;
        match wanted.member("toolsListChanged").map(Raw::as_str) {
            None | Some("null" | "false") => Ok(Self { tools: false }),
            Some("true") => Ok(Self { tools: true }),
            Some(_) => Err(ProtocolError::invalid_params(
                "subscriptions/listen: expected `toolsListChanged` to be a boolean",
            )),
        }
    }

    fn acknowledged(self) -> &'static str {
        if self.tools { r#"{"toolsListChanged":true}"# } else { "{}" }
    }
}

/// Serves one `subscriptions/listen` request until the server ends. `subscription` is its id as
/// JSON, which goes with every message.
pub(super) async fn serve(
    app: Arc<App>,
    filter: Filter,
    outlet: SharedOutlet,
    subscription: String,
) {
    let filter = Filter { tools: filter.tools && app.offers_tools() };
    let meta = format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{subscription}}}"#);
    // Subscribed before the acknowledgement, so that no change after it is missed.
    let changes = app.live.subscribe();
    let params = format!(r#"{{{meta},"notifications":{}}}"#, filter.acknowledged());
    outlet.notify(notification(Method::SubscriptionsAcknowledged, &params));
    forward(&app, changes, filter, outlet, &format!("{{{meta}}}")).await;
}

/// Tells a legacy session of changes until the server ends.
pub(crate) async fn announce(app: Arc<App>, outlet: SharedOutlet) {
    let changes = app.live.subscribe();
    forward(&app, changes, Filter::ALL, outlet, "{}").await;
}

async fn forward(
    app: &App,
    mut changes: tokio::sync::watch::Receiver<Changes>,
    filter: Filter,
    outlet: SharedOutlet,
    params: &str,
) {
    let mut told = *changes.borrow_and_update();
    loop {
        tokio::select! {
            () = app.closing.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
        // While the peer is slow, further changes fall together.
        std::future::poll_fn(|cx| outlet.poll_room(cx)).await;
        let now = *changes.borrow_and_update();
        if filter.tools && now.tools != told.tools {
            outlet.notify(notification(Method::ToolsListChanged, params));
        }
        told = now;
    }
}

fn notification(method: Method, params: &str) -> Vec<u8> {
    let mut message = Vec::new();
    write_notification(&mut message, method.as_str(), params);
    message
}

//! Telling clients that a list has changed.
//!
//! Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions).

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::revision::write_notification;
use tokio::sync::watch;

use super::app::{App, Changes};
use super::outlet::{SharedOutlet, Voice};

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
pub(super) async fn serve(app: Arc<App>, filter: Filter, voice: Voice, subscription: String) {
    let filter = Filter { tools: filter.tools && app.offers_tools() };
    let meta = format!(r#""_meta":{{"io.modelcontextprotocol/subscriptionId":{subscription}}}"#);
    // Subscribed before the acknowledgement, so that no change after it is missed.
    let heard = Heard::from_now(&app);
    let params = format!(r#"{{{meta},"notifications":{}}}"#, filter.acknowledged());
    // Nothing may come before it, so it must not be dropped.
    voice.room().await;
    voice.notify(notification(Method::SubscriptionsAcknowledged, &params));
    forward(&app, heard, filter, voice, &format!("{{{meta}}}")).await;
}

/// Tells a legacy session of changes from this call on until the server ends.
pub(crate) fn announce(app: Arc<App>, outlet: SharedOutlet) -> impl Future<Output = ()> {
    let heard = Heard::from_now(&app);
    let voice = Voice::new(outlet);
    async move { forward(&app, heard, Filter::ALL, voice, "{}").await }
}

/// The changes that a client has been told of, and those to come.
struct Heard {
    changes: watch::Receiver<Changes>,
    told: Changes,
}

impl Heard {
    fn from_now(app: &App) -> Self {
        let mut changes = app.live.subscribe();
        let told = *changes.borrow_and_update();
        Self { changes, told }
    }
}

async fn forward(app: &App, heard: Heard, filter: Filter, voice: Voice, params: &str) {
    let Heard { mut changes, mut told } = heard;
    loop {
        tokio::select! {
            () = app.closing.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
        // While the peer is slow, further changes fall together.
        voice.room().await;
        let now = *changes.borrow_and_update();
        if filter.tools && now.tools != told.tools {
            voice.notify(notification(Method::ToolsListChanged, params));
        }
        told = now;
    }
}

fn notification(method: Method, params: &str) -> Vec<u8> {
    let mut message = Vec::new();
    write_notification(&mut message, method.as_str(), params);
    message
}

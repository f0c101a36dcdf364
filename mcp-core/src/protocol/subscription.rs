//! Subscriptions to change notifications.

use serde::{Deserialize, Serialize};

use super::Meta;
use super::builders::constructor;
use crate::lenient::decoration;

/// Changes that a client subscribes to. Since 2026-07-28.
///
/// Specification: [Notification filter](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#notification-filter).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionFilter {
    /// Changes of the list of tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools_list_changed: Option<bool>,
    /// Changes of the list of prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts_list_changed: Option<bool>,
    /// Changes of the list of resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources_list_changed: Option<bool>,
    /// URIs of resources whose changes are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_subscriptions: Option<Vec<String>>,
    /// Ids of tasks whose changes are sent. Tasks extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_ids: Option<Vec<String>>,
}

/// Parameters of `subscriptions/listen`. Since 2026-07-28.
///
/// Specification: [Opening a stream](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#opening-a-stream).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionsListenParams {
    /// Requested changes.
    pub notifications: SubscriptionFilter,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `notifications/subscriptions/acknowledged`. Since 2026-07-28.
///
/// Specification: [Acknowledgment](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#acknowledgment).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionsAcknowledgedParams {
    /// Changes that the server will send.
    pub notifications: SubscriptionFilter,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

constructor!(
    /// Creates a request from the changes to subscribe to.
    SubscriptionsListenParams(notifications: SubscriptionFilter) meta
);

constructor!(
    /// Creates the notification for the changes that the server will send.
    SubscriptionsAcknowledgedParams(notifications: SubscriptionFilter) meta
);

#[cfg(test)]
mod tests {
    use super::{SubscriptionsAcknowledgedParams, SubscriptionsListenParams};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<SubscriptionsListenParams>(
            r#"{"notifications":{"toolsListChanged":true,"promptsListChanged":false,"resourcesListChanged":true,"resourceSubscriptions":["a:b"],"taskIds":["t"]}}"#,
        );
        keeps::<SubscriptionsAcknowledgedParams>(
            r#"{"_meta":{"io.modelcontextprotocol/subscriptionId":1},"notifications":{}}"#,
        );
        rewrites::<SubscriptionsListenParams>(
            r#"{"notifications":{"new":true}}"#,
            r#"{"notifications":{}}"#,
        );
        refuses::<SubscriptionsListenParams>("{}");
    }
}

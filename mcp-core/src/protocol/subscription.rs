//! Streams of changes.

use serde::{Deserialize, Serialize};

use super::Meta;

/// The changes that a client wants to hear of. Since 2026-07-28.
///
/// Specification: [Notification filter](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#notification-filter).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscriptionFilter {
    /// Of the list of tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools_list_changed: Option<bool>,
    /// Of the list of prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts_list_changed: Option<bool>,
    /// Of the list of resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources_list_changed: Option<bool>,
    /// Of the resources with these URIs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_subscriptions: Option<Vec<String>>,
    /// Of the tasks with these ids. Tasks extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_ids: Option<Vec<String>>,
}

/// Opens a stream of changes. Since 2026-07-28.
///
/// Specification: [Opening a stream](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#opening-a-stream).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionsListenParams {
    /// What the client wants.
    pub notifications: SubscriptionFilter,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Says what a stream will carry. Since 2026-07-28.
///
/// Specification: [Acknowledgment](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions#acknowledgment).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionsAcknowledgedParams {
    /// What the server agreed to.
    pub notifications: SubscriptionFilter,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

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

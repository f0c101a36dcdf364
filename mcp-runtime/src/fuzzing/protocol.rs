//! Types of the protocol.

use std::fmt::Debug;

use mcp_core::protocol::{
    CallToolResult, CancelledParams, CompleteParams, CompleteResult, CreateMessageParams,
    CreateMessageResult, CreateTaskResult, DetailedTask, DiscoverResult, ElicitFormParams,
    ElicitResult, GetPromptResult, InitializeParams, InitializeResult, InputRequiredResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListRootsResult,
    ListToolsResult, LoggingMessageParams, ProgressParams, ReadResourceResult, SubscriptionFilter,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads any JSON as parameters and results of a peer. What is read is the same after it was written.
///
/// # Panics
/// If it is not.
pub fn protocol(bytes: &[u8]) {
    // Most inputs are no JSON at all.
    if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
        return;
    }
    round_trip::<CallToolResult>(bytes);
    round_trip::<CancelledParams>(bytes);
    round_trip::<CompleteParams>(bytes);
    round_trip::<CompleteResult>(bytes);
    round_trip::<CreateMessageParams>(bytes);
    round_trip::<CreateMessageResult>(bytes);
    round_trip::<CreateTaskResult>(bytes);
    round_trip::<DetailedTask>(bytes);
    round_trip::<DiscoverResult>(bytes);
    round_trip::<ElicitFormParams>(bytes);
    round_trip::<ElicitResult>(bytes);
    round_trip::<GetPromptResult>(bytes);
    round_trip::<InitializeParams>(bytes);
    round_trip::<InitializeResult>(bytes);
    round_trip::<InputRequiredResult>(bytes);
    round_trip::<ListPromptsResult>(bytes);
    round_trip::<ListResourceTemplatesResult>(bytes);
    round_trip::<ListResourcesResult>(bytes);
    round_trip::<ListRootsResult>(bytes);
    round_trip::<ListToolsResult>(bytes);
    round_trip::<LoggingMessageParams>(bytes);
    round_trip::<ProgressParams>(bytes);
    round_trip::<ReadResourceResult>(bytes);
    round_trip::<SubscriptionFilter>(bytes);
}

fn round_trip<T: DeserializeOwned + Serialize + Debug>(bytes: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(bytes) else { return };
    let text = serde_json::to_string(&read).unwrap();
    let again: T = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {read:?} is written as {text}"));
    assert_eq!(serde_json::to_string(&again).unwrap(), text, "{read:?}");
}

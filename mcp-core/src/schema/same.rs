//! Test helpers: schemas are compared as JSON, since a feature of `serde_json` changes the order of members.

use serde_json::Value;

use crate::jsonrpc::Raw;

/// Asserts that two schemas are the same, with their properties in the same order.
#[track_caller]
pub(super) fn assert_same(found: &str, expected: &str) {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(value(found), value(expected), "{found}");
    let order = |text: &str| -> Vec<String> {
        let properties = Raw::from_accepted(text).member("properties");
        properties.into_iter().flat_map(Raw::members).map(|(name, _)| name.into_owned()).collect()
    };
    assert_eq!(order(found), order(expected), "{found}");
}

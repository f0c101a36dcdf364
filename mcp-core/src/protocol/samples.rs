//! Test helpers: JSON is deserialised and serialised again.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Asserts that the type keeps everything in the sample.
pub(super) fn keeps<T: Serialize + DeserializeOwned>(sample: &str) -> T {
    rewrites(sample, sample)
}

/// Asserts that the type turns the sample into another, such as one without unknown fields.
pub(super) fn rewrites<T: Serialize + DeserializeOwned>(sample: &str, expected: &str) -> T {
    let read: T = serde_json::from_str(sample).unwrap_or_else(|error| panic!("{error}: {sample}"));
    let written = serde_json::to_string(&read).unwrap();
    let as_value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(as_value(&written), as_value(expected), "{sample}");
    read
}

/// Asserts that the sample is not of the type.
pub(super) fn refuses<T: DeserializeOwned + Debug>(sample: &str) {
    let read = serde_json::from_str::<T>(sample);
    assert!(read.is_err(), "{sample} was read as {read:?}");
}

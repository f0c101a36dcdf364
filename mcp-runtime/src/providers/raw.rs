//! JSON objects whose values stay text, in the order of their names.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::members::Members;

/// JSON object whose values stay text. Of several equal names, the last value counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RawObject(Members<Box<RawValue>>);

impl RawObject {
    /// Reads an object.
    pub(crate) fn of(raw: &RawValue) -> Result<Self, serde_json::Error> {
        serde_json::from_str(raw.get())
    }

    /// Returns a member.
    pub(crate) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.get(name).map(|value| &**value)
    }

    /// Returns a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Returns the members.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name, &**value))
    }

    /// Replaces a member, or appends it.
    pub(crate) fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.0.set(name, raw(value));
    }

    /// Replaces a member, or appends it.
    #[must_use]
    pub(crate) fn with<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.set(name, value);
        self
    }

    /// Removes a member.
    #[cfg(feature = "genai")]
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|known, _| known != name);
    }

    /// Replaces or appends the members of another object.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the text of the object.
    pub(crate) fn to_raw(&self) -> Box<RawValue> {
        raw(self)
    }
}

/// Converts a value into its text. Nothing that this crate converts can fail.
pub(crate) fn raw<T: Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_default()
}

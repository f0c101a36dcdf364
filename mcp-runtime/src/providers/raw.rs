//! JSON objects whose values stay text, in the order of their keys.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON object whose values stay text. Of several equal keys, the last value counts.
#[derive(Clone, Debug, Default)]
pub(super) struct RawObject(Vec<(String, Box<RawValue>)>);

impl RawObject {
    /// Reads an object.
    pub(super) fn of(raw: &RawValue) -> Result<Self, serde_json::Error> {
        serde_json::from_str(raw.get())
    }

    /// Returns a member.
    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// Returns a member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    /// Returns the members.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Replaces a member, or appends it.
    pub(super) fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        let value = raw(value);
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Replaces a member, or appends it.
    #[must_use]
    pub(super) fn with<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        self.set(name, value);
        self
    }

    /// Returns the text of the object.
    pub(super) fn to_raw(&self) -> Box<RawValue> {
        raw(self)
    }
}

/// Converts a value into its text. Nothing that this module converts can fail.
pub(super) fn raw<T: Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_default()
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = RawObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawObject, A::Error> {
        let mut members: std::collections::BTreeMap<String, (usize, Box<RawValue>)> =
            std::collections::BTreeMap::new();
        let mut count = 0;
        while let Some((name, value)) = entries.next_entry::<String, Box<RawValue>>()? {
            let place = members.get(&name).map_or(count, |(place, _)| *place);
            members.insert(name, (place, value));
            count += 1;
        }
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_by_key(|(_, (place, _))| *place);
        let members = members.into_iter().map(|(name, (_, value))| (name, value));
        Ok(RawObject(members.collect()))
    }
}

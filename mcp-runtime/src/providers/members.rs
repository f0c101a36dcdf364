//! Members of JSON objects, in the order of their text.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Members of a JSON object in the order of its text. Of several equal names, the last value counts.
#[derive(Clone, Debug)]
pub(crate) struct Members<V> {
    list: Vec<(String, V)>,
    /// Positions of the names of a large object, such as that of a hostile server.
    positions: Option<HashMap<String, usize>>,
}

/// Number of members above which the positions of names are kept.
const MAX_SEARCHED: usize = 32;

impl<V> Members<V> {
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.list.get(self.position(name)?).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let position = self.position(name)?;
        self.list.get_mut(position).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.list.iter().map(|(name, value)| (&**name, value))
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Appends a member. The name must be new.
    pub(crate) fn push(&mut self, name: impl Into<String>, value: V) {
        let name = name.into();
        if let Some(positions) = &mut self.positions {
            positions.insert(name.clone(), self.list.len());
        }
        self.list.push((name, value));
        if self.positions.is_none() {
            self.index();
        }
    }

    /// Replaces a member, or appends it.
    pub(crate) fn set(&mut self, name: impl AsRef<str> + Into<String>, value: V) {
        match self.get_mut(name.as_ref()) {
            Some(old) => *old = value,
            None => self.push(name, value),
        }
    }

    /// Removes the members that fail a test.
    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&str, &mut V) -> bool) {
        self.list.retain_mut(|(name, value)| keeps(name, value));
        self.index();
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.positions {
            Some(positions) => positions.get(name).copied(),
            None => self.list.iter().position(|(known, _)| known == name),
        }
    }

    fn index(&mut self) {
        let names = self.list.iter().map(|(name, _)| name.clone());
        let is_large = self.list.len() > MAX_SEARCHED;
        self.positions = is_large.then(|| names.zip(0..).collect());
    }
}

impl<V> Default for Members<V> {
    fn default() -> Self {
        Self { list: Vec::new(), positions: None }
    }
}

impl<V: PartialEq> PartialEq for Members<V> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl<V> Extend<(String, V)> for Members<V> {
    fn extend<I: IntoIterator<Item = (String, V)>>(&mut self, members: I) {
        for (name, value) in members {
            self.set(name, value);
        }
    }
}

impl<V> FromIterator<(String, V)> for Members<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(members: I) -> Self {
        let mut all = Self::default();
        all.extend(members);
        all
    }
}

impl<V> IntoIterator for Members<V> {
    type Item = (String, V);
    type IntoIter = std::vec::IntoIter<(String, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<V: Serialize> Serialize for Members<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for MembersVisitor<V> {
    type Value = Members<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members<V>, A::Error> {
        let mut members = Members::default();
        while let Some((name, value)) = entries.next_entry::<String, V>()? {
            members.set(name, value);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::Members;

    #[test]
    fn order_is_kept_and_the_last_of_equal_names_counts() {
        let mut members: Members<u32> = serde_json::from_str(r#"{"z":1,"a":2,"z":3}"#).unwrap();
        members.set("b", 4);
        members.set("a", 5);
        assert_eq!(serde_json::to_string(&members).unwrap(), r#"{"z":3,"a":5,"b":4}"#);
    }

    /// 200,000 members: a search of all names for each of them takes minutes.
    #[test]
    fn large_objects_are_indexed() {
        let mut members = Members::default();
        for number in 0..200_000 {
            members.set(number.to_string(), number);
        }
        assert_eq!((members.len(), members.get("77777")), (200_000, Some(&77_777)));
        members.retain(|_, number| *number % 2 == 0);
        for number in 0..200_000 {
            assert_eq!(members.contains(&number.to_string()), number % 2 == 0);
        }
    }
}

//! Values that a URI has for the variables of a template.

use std::sync::Arc;

/// Values of variables, in the order of the template.
///
/// A variable that the URI leaves out does not occur; a list occurs once for each of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    pairs: Vec<(Arc<str>, String)>,
}

impl Captures {
    /// Returns the value of a variable; the first item of a list.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.all(variable).next()
    }

    /// Iterates over the values of a variable.
    pub fn all(&self, variable: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(name, _)| *name == variable).map(|(_, value)| value)
    }

    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// `true` if there are no values.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn push(&mut self, variable: &Arc<str>, value: String) {
        self.pairs.push((Arc::clone(variable), value));
    }
}

impl IntoIterator for Captures {
    type Item = (Arc<str>, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.pairs.into_iter()
    }
}

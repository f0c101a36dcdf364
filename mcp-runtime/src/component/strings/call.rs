//! One request whose arguments are strings.

use std::sync::Arc;

use mcp_core::jsonrpc::Raw;
use mcp_core::uri::Captures;

use super::Signature;
use crate::component::arguments::{ArgumentError, Slot};
use crate::context::scope::Scope;

/// One request for a resource or prompt, as its handler receives it.
pub struct StringCall {
    pub(crate) scope: Scope,
    /// URI of the resource or name of the prompt.
    pub(crate) subject: String,
    pub(crate) signature: Arc<Signature>,
    pub(crate) values: Values,
}

impl StringCall {
    /// First value of an argument.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.every_value(name).next()
    }

    /// All values of an argument.
    pub(crate) fn every_value(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.signature.table.position(name, 0).map(|index| self.values.at(index));
        given.into_iter().flatten().filter_map(|slot| match slot {
            Slot::String(text) => Some(&**text),
            _ => None,
        })
    }
}

/// Values of a request, by the index of their parameter, and the errors of the others.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// Values of each parameter: more than one only for a list.
    given: Vec<Vec<Slot<'static>>>,
    pub(crate) errors: Vec<ArgumentError>,
}

impl Values {
    fn empty(signature: &Signature) -> Self {
        let given = (0..signature.table.len()).map(|_| Vec::new()).collect();
        Self { given, errors: Vec::new() }
    }

    /// Values of the variables of a URI.
    pub(crate) fn of_captures(signature: &Signature, captures: Captures) -> Self {
        let mut values = Self::empty(signature);
        for (name, value) in captures {
            values.put(signature, &name, value);
        }
        values
    }

    /// Members of a JSON object of strings. Unknown members are errors unless the signature is
    /// open.
    pub(crate) fn of_object(signature: &Signature, object: Option<Raw<'_>>) -> Self {
        let mut values = Self::empty(signature);
        for (name, value) in object.into_iter().flat_map(Raw::members) {
            match value.string() {
                Some(text) => values.put(signature, &name, text.into_owned()),
                None if value.as_str() == "null" => {}
                None => values
                    .errors
                    .push(ArgumentError::new(name, "expected a string, as in all prompts")),
            }
        }
        values
    }

    fn put(&mut self, signature: &Signature, name: &str, value: String) {
        let Self { given, errors } = self;
        signature.table.assign(name, 0, errors, |index| match given.get_mut(index) {
            Some(given) if given.is_empty() || signature.is_list(index) => {
                given.push(Slot::String(value.into()));
                true
            }
            _ => false,
        });
    }

    /// Values of the parameter at an index.
    pub(crate) fn at(&self, index: usize) -> &[Slot<'static>] {
        self.given.get(index).map_or(&[], Vec::as_slice)
    }
}

impl std::fmt::Debug for StringCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StringCall").field("subject", &self.subject).finish_non_exhaustive()
    }
}

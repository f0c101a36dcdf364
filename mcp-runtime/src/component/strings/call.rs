//! One request whose arguments are text.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_core::jsonrpc::Raw;
use mcp_core::uri::Captures;

use super::Signature;
use crate::component::arguments::error::ArgumentError;
use crate::component::arguments::slot::Slot;
use crate::context::scope::Scope;

/// One reading of a resource or rendering of a prompt, handed to its handler.
pub struct StringCall {
    pub(crate) scope: Scope,
    /// What is read or rendered: a URI or the name of a prompt.
    pub(crate) subject: String,
    pub(crate) signature: Arc<Signature>,
    pub(crate) values: Values,
}

impl StringCall {
    /// The text that was given for an argument.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.every_value(name).next()
    }

    /// Every text that was given for it.
    pub(crate) fn every_value(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.signature.place(name).map(|place| self.values.at(place));
        given.into_iter().flatten().filter_map(|slot| match slot {
            Slot::String(text) => Some(&**text),
            _ => None,
        })
    }
}

/// The values of a request, by the place of their parameter, and what is wrong with the others.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// What was given for each parameter: more than one only for a list.
    given: Vec<Vec<Slot<'static>>>,
    pub(crate) errors: Vec<ArgumentError>,
}

impl Values {
    fn empty(signature: &Signature) -> Self {
        Self { given: signature.places().map(|_| Vec::new()).collect(), errors: Vec::new() }
    }

    /// Those of a URI that a template has taken apart.
    pub(crate) fn of_captures(signature: &Signature, captures: Captures) -> Self {
        let mut values = Self::empty(signature);
        for (name, value) in captures {
            values.put(signature, &name, value);
        }
        values
    }

    /// Those of an object of texts. Further members are errors unless `open`.
    pub(crate) fn of_object(signature: &Signature, object: Option<Raw<'_>>) -> Self {
        let mut values = Self::empty(signature);
        for (name, value) in object.into_iter().flat_map(Raw::members) {
            match value.string() {
                Some(text) => values.put(signature, &name, text.into_owned()),
                None if value.as_str() == "null" => {}
                None => {
                    values
                        .errors
                        .push(ArgumentError::new(name, "expected a string, as in all prompts"));
                }
            }
        }
        values
    }

    fn put(&mut self, signature: &Signature, name: &str, value: String) {
        let place = signature.place(name);
        match place.and_then(|place| Some((self.given.get_mut(place)?, signature.is_list(place)))) {
            Some((given, is_list)) if is_list || given.is_empty() => {
                given.push(Slot::String(Cow::Owned(value)));
            }
            Some(_) => self.errors.push(ArgumentError::duplicate(name)),
            None if signature.open => {}
            None => self.errors.push(ArgumentError::unknown(name, signature.names())),
        }
    }

    /// What was given for the parameter at a place.
    pub(crate) fn at(&self, place: usize) -> &[Slot<'static>] {
        self.given.get(place).map_or(&[], Vec::as_slice)
    }
}

impl std::fmt::Debug for StringCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StringCall").field("subject", &self.subject).finish_non_exhaustive()
    }
}

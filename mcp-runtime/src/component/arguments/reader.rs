//! Converts the values of one request to the types of parameters and collects the errors.

use std::cell::RefCell;

use mcp_core::jsonrpc::ProtocolError;
use serde::Deserialize;

use super::{ArgumentError, Leniency, Meaning, Slot, SlotDeserializer, report};
use crate::component::injected::{Injected, NotInjected};
use crate::component::tool::failure::ToolError;
use crate::context::scope::Scope;

/// Reads the parameters of one request.
///
/// A parameter that cannot be read yields `None`. Its error is recorded, so that
/// [`ArgumentReader::refusal`] reports all errors of a request together.
pub(crate) struct ArgumentReader<'c> {
    scope: &'c Scope,
    leniency: Leniency,
    failures: RefCell<Failures>,
    /// Arguments that were read for what they mean, by name.
    meant: RefCell<Vec<(String, Meaning<'c>)>>,
}

struct Failures {
    errors: Vec<ArgumentError>,
    /// Failed injection. It is the server's error, not the caller's, so it is reported first.
    injected: Option<NotInjected>,
}

/// Reads of a value that is absent or does not deserialize.
pub(crate) trait SlowRead<'c, T> {
    /// Name of the argument.
    fn name(&self) -> &str;

    /// Error of an absent value.
    fn missing(&self) -> ArgumentError;

    /// Deserializes a JSON text, and lends the strings of it that have escapes.
    fn lend(&self, json: &'c str) -> Option<T>;

    /// Errors of a value that does not deserialize.
    fn errors(&self) -> Vec<ArgumentError>;
}

/// Reason why a handler does not run.
pub(crate) enum Refusal {
    /// An error of the protocol.
    Protocol(ProtocolError),
    /// A failed injection that the client may read about.
    Injection(ToolError),
    /// Errors of the arguments, as one text.
    Arguments(String),
}

impl<'c> ArgumentReader<'c> {
    /// Creates a reader with the errors that assigning the arguments has found.
    pub(crate) fn new(scope: &'c Scope, leniency: Leniency, errors: Vec<ArgumentError>) -> Self {
        let failures = RefCell::new(Failures { errors, injected: None });
        Self { scope, leniency, failures, meant: RefCell::default() }
    }

    /// Deserializes a value. `default` is the value of an absent argument, and `slow` provides the rest
    /// for values that do not deserialize.
    #[inline]
    pub(crate) fn deserialize<T: Deserialize<'c>>(
        &self,
        slot: &'c Slot<'c>,
        default: impl Fn() -> Option<T>,
        slow: impl SlowRead<'c, T>,
    ) -> Option<T> {
        if let Slot::Missing = slot {
            return default().or_else(|| self.missing(slow.missing()));
        }
        match T::deserialize(SlotDeserializer::new(slot, self.leniency)) {
            Ok(value) => Some(value),
            Err(_) => self.read_again(slot, default, slow),
        }
    }

    /// Deserializes a value that does not fit the type at the first attempt: with its decoded strings
    /// lent, then what it means.
    #[cold]
    fn read_again<T: Deserialize<'c>>(
        &self,
        slot: &'c Slot<'c>,
        default: impl Fn() -> Option<T>,
        slow: impl SlowRead<'c, T>,
    ) -> Option<T> {
        if let Slot::Json(text) = slot
            && let Some(value) = slow.lend(text)
        {
            return Some(value);
        }
        let read = |meaning| match meaning {
            Meaning::Absent => default(),
            Meaning::Json(text) => {
                let read = T::deserialize(SlotDeserializer::of_json(text)).ok();
                read.or_else(|| slow.lend(text))
            }
        };
        let mut meanings = self.leniency.meanings(slot).into_iter();
        match meanings.find_map(|meaning| Some((meaning, read(meaning)?))) {
            Some((meaning, value)) => {
                self.meant.borrow_mut().push((slow.name().to_owned(), meaning));
                Some(value)
            }
            None => self.errors(slow.errors()),
        }
    }

    /// What the argument with a name was read for, if it did not fit its type as it was.
    pub(crate) fn meaning(&self, name: &str) -> Option<Meaning<'c>> {
        let meant = self.meant.borrow();
        meant.iter().find(|(known, _)| known == name).map(|(_, meaning)| *meaning)
    }

    /// Creates the value of an injected parameter.
    pub(crate) fn injected<T: Injected<'c, Via>, Via>(&self) -> Option<T> {
        match T::injected(self.scope) {
            Ok(value) => Some(value),
            Err(error) => {
                self.failures.borrow_mut().injected.get_or_insert(error);
                None
            }
        }
    }

    /// Records an error.
    #[cold]
    pub(crate) fn error<T>(&self, error: ArgumentError) -> Option<T> {
        self.failures.borrow_mut().errors.push(error);
        None
    }

    /// Records errors.
    #[cold]
    pub(crate) fn errors<T>(&self, errors: Vec<ArgumentError>) -> Option<T> {
        self.failures.borrow_mut().errors.extend(errors);
        None
    }

    /// Records that an argument is missing, unless its value was already rejected.
    #[cold]
    pub(crate) fn missing<T>(&self, error: ArgumentError) -> Option<T> {
        let errors = &mut self.failures.borrow_mut().errors;
        if !errors.iter().any(|known| known.path == error.path) {
            errors.push(error);
        }
        None
    }

    /// Records further errors if there are none yet.
    #[cfg(feature = "validate")]
    pub(crate) fn validate(
        &self,
        validate: impl FnOnce(&[(String, Meaning<'c>)]) -> Vec<ArgumentError>,
    ) {
        let mut failures = self.failures.borrow_mut();
        if failures.errors.is_empty() {
            failures.errors = validate(&self.meant.borrow());
        }
    }

    /// Returns `true` if no error has been recorded.
    pub(crate) fn is_ok(&self) -> bool {
        let failures = self.failures.borrow();
        failures.errors.is_empty() && failures.injected.is_none()
    }

    /// Leaves values out of the errors about some paths.
    pub(crate) fn hide_values(&self, is_hidden: impl Fn(&str) -> bool) {
        let mut failures = self.failures.borrow_mut();
        let hidden = failures.errors.iter_mut().filter(|error| is_hidden(&error.path));
        hidden.for_each(ArgumentError::hide_value);
    }

    /// Reason why the handler of a component does not run.
    pub(crate) fn refusal(self, component: &str) -> Refusal {
        let failures = self.failures.into_inner();
        match failures.injected {
            Some(NotInjected::Internal(error)) => Refusal::Protocol(error),
            Some(NotInjected::Refused(error)) => Refusal::Injection(error),
            None => Refusal::Arguments(report(component, &failures.errors)),
        }
    }
}

impl std::fmt::Debug for ArgumentReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArgumentReader")
    }
}

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

    /// Deserializes a value. `default` is the value of an absent argument.
    #[inline]
    pub(crate) fn deserialize<T: Deserialize<'c>>(
        &self,
        name: &str,
        slot: &'c Slot<'c>,
        default: impl Fn() -> Option<T>,
    ) -> Option<T> {
        if let Slot::Missing = slot {
            return default().or_else(|| self.missing(ArgumentError::missing::<T>(name)));
        }
        match T::deserialize(SlotDeserializer::new(slot, self.leniency)) {
            Ok(value) => Some(value),
            Err(_) => self
                .meant(name, slot, default)
                .or_else(|| self.error(ArgumentError::misfit::<T>(name, slot, self.leniency))),
        }
    }

    /// Deserializes what a value means that does not fit the type itself.
    #[cold]
    fn meant<T: Deserialize<'c>>(
        &self,
        name: &str,
        slot: &'c Slot<'c>,
        default: impl Fn() -> Option<T>,
    ) -> Option<T> {
        let read = |meaning| match meaning {
            Meaning::Absent => default(),
            Meaning::Json(text) => T::deserialize(SlotDeserializer::of_json(text)).ok(),
        };
        let mut meanings = self.leniency.meanings(slot).into_iter();
        let (meaning, value) = meanings.find_map(|meaning| Some((meaning, read(meaning)?)))?;
        self.meant.borrow_mut().push((name.to_owned(), meaning));
        Some(value)
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

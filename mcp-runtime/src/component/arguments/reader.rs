//! Converts the values of one request to the types of parameters and collects the errors.

use std::cell::RefCell;

use mcp_core::jsonrpc::ProtocolError;
use serde::Deserialize;

use super::{ArgumentError, Slot, SlotDeserializer, report};
use crate::component::injected::{Injected, NotInjected};
use crate::component::tool::failure::ToolError;
use crate::context::scope::Scope;

/// Reads the parameters of one request.
///
/// A parameter that cannot be read yields `None`. Its error is recorded, so that
/// [`ArgumentReader::refusal`] reports all errors of a request together.
pub(crate) struct ArgumentReader<'c> {
    scope: &'c Scope,
    failures: RefCell<Failures>,
}

struct Failures {
    errors: Vec<ArgumentError>,
    /// Failed injection. It is the server's error, not the caller's, so it is reported first.
    injected: Option<NotInjected>,
}

/// Reads of a value that is absent or does not deserialize.
pub(crate) trait SlowRead<T> {
    /// Error of an absent value.
    fn missing(&self) -> ArgumentError;

    /// Reads a value once more, with more effort.
    ///
    /// # Errors
    /// All errors of the value.
    fn read_again(&self) -> Result<T, Vec<ArgumentError>>;
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
    pub(crate) fn new(scope: &'c Scope, errors: Vec<ArgumentError>) -> Self {
        Self { scope, failures: RefCell::new(Failures { errors, injected: None }) }
    }

    /// Deserializes a value.
    ///
    /// `default` is the value of an absent argument. It also replaces a value that `is_blank`
    /// accepts and that does not fit the type. `slow` provides the rest, for values that do not
    /// deserialize.
    #[inline]
    pub(crate) fn deserialize<T: Deserialize<'c>>(
        &self,
        slot: &'c Slot<'c>,
        default: impl Fn() -> Option<T>,
        is_blank: impl FnOnce(&Slot<'_>) -> bool,
        slow: impl SlowRead<T>,
    ) -> Option<T> {
        if let Slot::Missing = slot {
            return default().or_else(|| self.missing(slow.missing()));
        }
        match T::deserialize(SlotDeserializer(slot)) {
            Ok(value) => Some(value),
            Err(_)
                if is_blank(slot)
                    && let Some(value) = default() =>
            {
                Some(value)
            }
            Err(_) => slow.read_again().map_err(|errors| self.errors(errors)).ok(),
        }
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
    pub(crate) fn errors(&self, errors: Vec<ArgumentError>) {
        self.failures.borrow_mut().errors.extend(errors);
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
    pub(crate) fn validate(&self, validate: impl FnOnce() -> Vec<ArgumentError>) {
        let mut failures = self.failures.borrow_mut();
        if failures.errors.is_empty() {
            failures.errors = validate();
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

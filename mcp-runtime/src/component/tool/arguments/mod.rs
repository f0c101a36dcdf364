//! The arguments of one call: read in one pass, taken one by one, judged together.

pub(crate) mod table;

use std::cell::RefCell;

use mcp_core::jsonrpc::Raw;
use serde::Deserialize;

use super::call::Call;
use super::outcome::{ToolOutcome, ToolReply};
use super::parameter::ParameterSpec;
use crate::component::arguments::{ArgumentError, Slot, SlotDeserializer, report, when_absent};
use crate::component::injected::{Injected, NotInjected};
use crate::constraint::rules::Violation;

pub(crate) use table::ArgumentTable;

/// The arguments of one call on their way to the parameters of its handler.
///
/// Taking a parameter that is at error yields nothing and is noted, so that all errors of a call
/// are told at once by [`ToolArguments::refusal`].
pub struct ToolArguments<'c> {
    tool: &'c str,
    table: &'c ArgumentTable,
    call: Option<&'c Call>,
    slots: &'c [Slot<'c>],
    failures: RefCell<Failures>,
}

#[derive(Default)]
struct Failures {
    errors: Vec<ArgumentError>,
    /// Why a parameter that is not an argument could not be had: the server's doing, not the
    /// model's, so it goes first.
    injected: Option<NotInjected>,
}

impl<'c> ToolArguments<'c> {
    /// Walks the arguments of a call once and puts each into the slot of its parameter.
    pub fn read(call: &'c Call, slots: &'c mut [Slot<'c>]) -> Self {
        let spec = call.spec();
        let mut inputs = Self::walk(spec.name(), &spec.arguments, call.arguments(), slots);
        inputs.call = Some(call);
        inputs
    }

    fn walk(
        tool: &'c str,
        table: &'c ArgumentTable,
        arguments: &'c str,
        slots: &'c mut [Slot<'c>],
    ) -> Self {
        let mut failures = Failures::default();
        let mut guess = 0;
        for (name, value) in Raw::from_accepted(arguments).members() {
            match table.position(&name, guess) {
                Some(place) => {
                    guess = place + 1;
                    match slots.get_mut(place) {
                        Some(slot @ Slot::Missing) => *slot = Slot::of(value),
                        _ => failures.errors.push(ArgumentError::duplicate(&name)),
                    }
                }
                None if table.open => {}
                None => failures.errors.push(ArgumentError::unknown(&name, table.names())),
            }
        }
        Self { tool, table, call: None, slots, failures: RefCell::new(failures) }
    }

    /// Takes the parameter at a place; nothing if there is a error, which is noted.
    #[inline]
    pub fn take<T>(&self, place: usize, parameter: ParameterSpec<'c, T>) -> Option<T> {
        parameter.take(self, place)
    }

    /// The answer to a call of which some parameter could not be had.
    pub fn refusal(self) -> ToolReply {
        let failures = self.failures.into_inner();
        match failures.injected {
            Some(NotInjected::Internal(error)) => Err(error),
            Some(NotInjected::Refused(error)) => error.into_reply(),
            None => Ok(ToolOutcome::failed(report(self.tool, &failures.errors))),
        }
    }

    /// Whether nothing is at error. It is asked after every parameter was taken, because there may
    /// be arguments that no parameter takes.
    pub fn fit(&self) -> bool {
        #[cfg(feature = "validate")]
        self.validate();
        let failures = self.failures.borrow();
        failures.errors.is_empty() && failures.injected.is_none()
    }

    /// Judges arguments that could be read by what else their schema demands.
    #[cfg(feature = "validate")]
    fn validate(&self) {
        let Some(call) = self.call else { return };
        let Some(validator) = &call.spec().validator else { return };
        let mut failures = self.failures.borrow_mut();
        if failures.errors.is_empty() {
            failures.errors = validator.check_read(call.arguments());
        }
    }

    /// Reads the argument at a place.
    pub(crate) fn argument<T: Deserialize<'c>>(
        &self,
        place: usize,
        parameter: &ParameterSpec<'c, T>,
    ) -> Option<T> {
        let slot = self.slots.get(place)?;
        if let Slot::Missing = slot {
            return self.absent(parameter);
        }
        match T::deserialize(SlotDeserializer(slot)) {
            Ok(value) => {
                let pattern = self.table.pattern(place);
                match parameter.rules.check(&value, pattern) {
                    Ok(()) => Some(value),
                    Err(Violation(expected)) => {
                        self.error(ArgumentError::broken_rule(parameter.name, &expected, slot))
                    }
                }
            }
            Err(_) if slot.is_null() && parameter.rules.has_default() => {
                parameter.rules.default_value()
            }
            Err(_) => self.error(ArgumentError::misfit::<T>(parameter.name, slot)),
        }
    }

    fn absent<T: Deserialize<'c>>(&self, parameter: &ParameterSpec<'c, T>) -> Option<T> {
        match parameter.rules.default_value().or_else(when_absent) {
            Some(value) => Some(value),
            None => self.error(ArgumentError::missing::<T>(parameter.name)),
        }
    }

    #[cold]
    fn error<T>(&self, error: ArgumentError) -> Option<T> {
        self.failures.borrow_mut().errors.push(error);
        None
    }

    /// A value that is no argument; nothing if it could not be had, which is noted.
    pub(crate) fn injected<T: Injected<'c, Via>, Via>(&self) -> Option<T> {
        match T::injected(self.call?.scope()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.failures.borrow_mut().injected.get_or_insert(error);
                None
            }
        }
    }
}

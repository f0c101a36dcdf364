//! An argument that takes more than one look: one that does not deserialize, and one whose schema
//! promises more than deserializing checks.

use mcp_core::jsonrpc::Raw;
use serde::Deserialize;

use super::arguments::JsonArgument;
use super::call::Call;
use crate::component::arguments::de::is_number;
use crate::component::arguments::error::{combined, expected_by};
use crate::component::arguments::{
    ArgumentError, Borrowing, Kept, Slot, SlotDeserializer, SlowRead,
};
use crate::constraint::rules::Violation;
use crate::constraint::schema::{Fault, Found};

/// Maximum number of names that are tried for one argument.
const MAX_NAMES: usize = 32;

/// JSON string that no type has as a name.
const NO_NAME: &str = r#""\u0000""#;

/// A value and its declaration.
#[derive(Clone, Copy)]
pub(super) struct SlowArgument<'a, 'c> {
    pub(super) call: &'c Call,
    pub(super) declared: &'a JsonArgument,
    pub(super) slot: &'c Slot<'c>,
}

impl<'c, T: Deserialize<'c>> SlowRead<T> for SlowArgument<'_, 'c> {
    fn missing(&self) -> ArgumentError {
        let expected = self.declared.schema.expected();
        ArgumentError::missing(&self.declared.name, expected.as_deref())
    }

    #[cold]
    fn read_again(&self) -> Result<T, Vec<ArgumentError>> {
        let kept = self.call.kept().keep(Kept::new(self.slot.to_json().into_owned()));
        let deserializer = Borrowing::new(SlotDeserializer(self.slot), &kept.decoded);
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            let (name, schema) = (&*self.declared.name, &self.declared.schema);
            let expected = schema.expected().filter(|expected| expected != "a string");
            let expected = expected.or_else(expected_by::<T>);
            let error = ArgumentError::misfit(name, self.slot, &error, expected.as_deref());
            combined(schema.explain(name, self.slot.found()), error)
        })
    }
}

impl<'c> SlowArgument<'_, 'c> {
    /// Compares a value that was deserialized with its schema. `broken` is the rule of the argument
    /// that it violates.
    pub(super) fn inspect<T: Deserialize<'c>>(
        &self,
        broken: Option<Violation>,
    ) -> Vec<ArgumentError> {
        let name = &*self.declared.name;
        let mut faults = self.declared.schema.check(name, self.lenient());
        if !faults.is_empty() {
            let mut tried = 0;
            faults.retain(|fault| !self.is_alias::<T>(fault, &mut tried));
        }
        let Some(Violation(expected)) = broken else {
            return faults.into_iter().map(ArgumentError::from).collect();
        };
        // The schema has the rule as well.
        let others = faults.into_iter().filter(|fault| fault.path != name);
        let broken = ArgumentError::broken_rule(name, &expected, self.slot);
        [broken].into_iter().chain(others.map(ArgumentError::from)).collect()
    }

    /// The value as it was read: a number in a string is a number.
    fn lenient(&self) -> Found<'c> {
        match self.slot {
            Slot::String(text) if self.declared.schema.is_number() && is_number(text) => {
                Found::Json(Raw::from_accepted(text))
            }
            slot => slot.found(),
        }
    }

    /// Returns `true` if a fault is about another name that the type has for a member or variant,
    /// such as `#[serde(alias)]`, which schemas do not contain.
    ///
    /// The type is asked: it is such a name if the value does not deserialize with any other string
    /// in its place.
    fn is_alias<T: Deserialize<'c>>(&self, fault: &Fault<'_>, tried: &mut usize) -> bool {
        if let Slot::String(_) = self.slot {
            let is_text = fault.is_choice() && !self.declared.schema.is_number();
            return is_text && !deserializes::<T>(Kept::new(NO_NAME.to_owned()), self.call);
        }
        fault.names.iter().any(|name| {
            *tried += 1;
            *tried <= MAX_NAMES
                && self.renamed(*name).is_some_and(|kept| !deserializes::<T>(kept, self.call))
        })
    }

    /// The value with another string in the place of one of its own.
    fn renamed(&self, name: Raw<'_>) -> Option<Kept> {
        let Slot::Json(text) = self.slot else { return None };
        let start = (name.as_str().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        let (before, rest) = (text.get(..start)?, text.get(start + name.as_str().len()..)?);
        Some(Kept::new([before, NO_NAME, rest].concat()))
    }
}

fn deserializes<'c, T: Deserialize<'c>>(kept: Kept, call: &'c Call) -> bool {
    let kept = call.kept().keep(kept);
    let mut deserializer = serde_json::Deserializer::from_str(&kept.text);
    T::deserialize(Borrowing::new(&mut deserializer, &kept.decoded)).is_ok()
}

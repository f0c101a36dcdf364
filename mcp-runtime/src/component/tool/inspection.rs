//! An argument that takes more than one look: one that does not deserialize, and one whose schema
//! promises more than deserializing checks.

use mcp_core::jsonrpc::Raw;
use serde::Deserialize;

use super::arguments::JsonArgument;
use super::call::Call;
use crate::component::arguments::error::{combined, expected_by};
use crate::component::arguments::{
    ArgumentError, Borrowing, Kept, Leniency, Meaning, Slot, SlotDeserializer, SlowRead,
};
use crate::constraint::rules::Violation;
use crate::constraint::schema::{Found, Mismatch};

/// Maximum number of names that are tried for one argument, and of bytes that are read for them.
const MAX_NAMES: usize = 32;
const MAX_NAME_BYTES: usize = 1 << 20;

/// JSON string that no type has as a name.
const NO_NAME: &str = r#""\u0000""#;

/// A value and its declaration.
#[derive(Clone, Copy)]
pub(super) struct SlowArgument<'a, 'c> {
    pub(super) call: &'c Call,
    pub(super) declared: &'a JsonArgument,
    pub(super) slot: &'c Slot<'c>,
}

impl<'c, T: Deserialize<'c>> SlowRead<'c, T> for SlowArgument<'_, 'c> {
    fn name(&self) -> &str {
        &self.declared.name
    }

    fn missing(&self) -> ArgumentError {
        let expected = self.declared.schema.expected();
        ArgumentError::missing(&self.declared.name, expected.as_deref())
    }

    fn lend(&self, json: &'c str) -> Option<T> {
        let kept = Kept::decoded(json);
        if kept.decoded.is_empty() {
            return None;
        }
        let decoded = &self.call.kept().keep(kept).decoded;
        T::deserialize(Borrowing::new(SlotDeserializer::of_json(json), decoded)).ok()
    }

    fn errors(&self) -> Vec<ArgumentError> {
        let kept = match self.slot {
            Slot::Json(text) => Kept::decoded(text),
            // Its text is decoded already.
            _ => Kept::decoded("null"),
        };
        let kept = self.call.kept().keep(kept);
        let reader = SlotDeserializer::new(self.slot, self.call.spec().leniency);
        let reader = Borrowing::new(reader, &kept.decoded);
        let name = &*self.declared.name;
        match serde_path_to_error::deserialize::<_, T>(reader) {
            Ok(_) => vec![ArgumentError::new(name, "cannot be read")],
            Err(error) => {
                let expected = self.declared.schema.expected();
                let expected = expected.filter(|expected| expected != "a string");
                let expected = expected.or_else(expected_by::<T>);
                let error = ArgumentError::misfit(name, self.slot, &error, expected.as_deref());
                combined(self.mismatches(), error)
            }
        }
    }
}

impl<'c> SlowArgument<'_, 'c> {
    /// Parts of the value that do not fit the schema. Those of an array or object in a string are
    /// parts of what the string contains.
    fn mismatches(&self) -> Vec<Mismatch<'c>> {
        let (name, schema) = (&*self.declared.name, &self.declared.schema);
        let held = self.call.spec().leniency.meanings(self.slot).into_iter().find_map(|meaning| {
            let Meaning::Json(text) = meaning else { return None };
            let mismatches = schema.explain(name, Found::Json(Raw::from_accepted(text)));
            let is_container = text.starts_with(['[', '{']);
            (is_container && mismatches.iter().all(|mismatch| mismatch.path != name))
                .then_some(mismatches)
        });
        held.unwrap_or_else(|| schema.explain(name, self.slot.found()))
    }

    /// Compares a value that was deserialized, as it is or for what it means, with its schema.
    /// `broken` is the rule of the argument that it violates.
    pub(super) fn inspect<T: Deserialize<'c>>(
        &self,
        meaning: Option<Meaning<'c>>,
        broken: Option<Violation>,
    ) -> Vec<ArgumentError> {
        let name = &*self.declared.name;
        let found = match meaning {
            None => Some(self.slot.found()),
            Some(Meaning::Json(text)) => Some(Found::Json(Raw::from_accepted(text))),
            Some(Meaning::Absent) => None,
        };
        let mismatches = found.map(|found| self.declared.schema.check(name, found));
        let mut mismatches = mismatches.unwrap_or_default();
        if !mismatches.is_empty() && !matches!(self.call.spec().leniency, Leniency::Null) {
            let mut bytes = 0;
            mismatches.retain(|mismatch| !self.is_alias::<T>(mismatch, &mut bytes));
        }
        let Some(Violation(expected)) = broken else {
            return mismatches.into_iter().map(ArgumentError::from).collect();
        };
        // The schema has the rule as well.
        let others = mismatches.into_iter().filter(|mismatch| mismatch.path != name);
        let broken = ArgumentError::broken_rule(name, &expected, self.slot);
        [broken].into_iter().chain(others.map(ArgumentError::from)).collect()
    }

    /// Returns `true` if a mismatch is about another name that the type has for a member or variant,
    /// such as `#[serde(alias)]`, which schemas do not contain.
    ///
    /// The type is asked: it is such a name if the value does not deserialize with any other string
    /// in its place.
    /// `bytes` is the number of bytes that were read for it so far.
    fn is_alias<T: Deserialize<'c>>(&self, mismatch: &Mismatch<'_>, bytes: &mut usize) -> bool {
        let Slot::Json(text) = self.slot else {
            let is_name = mismatch.is_choice() && mismatch.path == *self.declared.name;
            return is_name && !deserializes::<T>(Kept::new(NO_NAME.to_owned()), self.call);
        };
        let cost = (MAX_NAME_BYTES / MAX_NAMES).max(text.len());
        mismatch.names.iter().any(|name| {
            let is_affordable = *bytes < MAX_NAME_BYTES;
            *bytes += cost;
            let renamed = if is_affordable { renamed(text, *name) } else { None };
            renamed.is_some_and(|kept| !deserializes::<T>(kept, self.call))
        })
    }
}

/// A JSON text with another string in the place of one of its own.
fn renamed(text: &str, name: Raw<'_>) -> Option<Kept> {
    let start = (name.as_str().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let (before, rest) = (text.get(..start)?, text.get(start + name.as_str().len()..)?);
    Some(Kept::new([before, NO_NAME, rest].concat()))
}

fn deserializes<'c, T: Deserialize<'c>>(kept: Kept, call: &'c Call) -> bool {
    let kept = call.kept().keep(kept);
    let mut deserializer = serde_json::Deserializer::from_str(&kept.text);
    T::deserialize(Borrowing::new(&mut deserializer, &kept.decoded)).is_ok()
}

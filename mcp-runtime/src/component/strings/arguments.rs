//! Arguments of one prompt or resource request: strings, converted per parameter.

use std::fmt::Display;
use std::str::FromStr;

use mcp_core::jsonrpc::ProtocolError;
use serde::Deserialize;

use super::{StringCall, StringParameter};
use crate::component::arguments::error::expected_by;
use crate::component::arguments::{
    ArgumentError, ArgumentReader, Leniency, Refusal, Slot, SlotDeserializer, SlowRead, when_absent,
};
use crate::component::injected::Injected;
use crate::component::strings::failure::internal;
use crate::component::tool::outcome::ToolReply;

/// String arguments of one request, by parameter.
///
/// A parameter that cannot be read yields `None`. Its error is recorded, so that
/// [`StringArguments::refusal`] reports all errors of a request together.
#[derive(Debug)]
pub struct StringArguments<'c> {
    call: &'c StringCall,
    reader: ArgumentReader<'c>,
}

impl<'c> StringArguments<'c> {
    /// Creates the arguments of a request.
    pub fn read(call: &'c StringCall) -> Self {
        Self {
            call,
            reader: ArgumentReader::new(
                &call.scope,
                Leniency::EmptyString,
                call.values.errors.clone(),
            ),
        }
    }

    /// Converts the parameter at an index. Returns `None` and records the error if that fails.
    pub fn take<T>(&self, index: usize, parameter: StringParameter<'c, T>) -> Option<T> {
        parameter.take(self, index)
    }

    /// Returns `true` if all arguments are valid. To be called after every parameter was taken.
    pub fn fit(&self) -> bool {
        self.reader.is_ok()
    }

    /// Answer to a request whose parameters could not all be read.
    ///
    /// # Errors
    /// Always: the errors of the parameters.
    pub fn refusal<R>(self) -> Result<R, ProtocolError> {
        Err(match self.reader.refusal(&self.call.subject) {
            Refusal::Protocol(error) => error,
            Refusal::Injection(error) => refused(error.into_reply()),
            Refusal::Arguments(text) => ProtocolError::invalid_params(text),
        })
    }

    /// Records an error for every required argument that is missing.
    pub(crate) fn require_all(&self) {
        let required = self.call.signature.table.arguments().filter(|argument| argument.required);
        for argument in required {
            if self.call.value(&argument.name).is_none() {
                self.reader.missing::<()>(ArgumentError::new(&argument.name, "missing"));
            }
        }
    }

    /// Creates the value of an injected parameter.
    pub(crate) fn injected<T: Injected<'c, Via>, Via>(&self) -> Option<T> {
        self.reader.injected::<T, Via>()
    }

    /// Converts the string at an index with serde. Hosts send an empty string for a field that
    /// their user left empty.
    pub(crate) fn deserialized<T: Deserialize<'c>>(&self, index: usize, name: &str) -> Option<T> {
        let slot = self.slot(index);
        self.reader.deserialize(slot, when_absent, SlowString { name, slot })
    }

    /// Converts the string at an index with `FromStr`.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, index: usize, name: &str) -> Option<T> {
        match parse(name, self.slot(index)) {
            Ok(value) => value.or_else(|| self.reader.missing(ArgumentError::new(name, "missing"))),
            Err(error) => self.reader.error(error),
        }
    }

    /// Converts the string at an index with `FromStr`, if it is present and not empty.
    pub(crate) fn parsed_if_given<T: FromStr<Err: Display>>(
        &self,
        index: usize,
        name: &str,
    ) -> Option<Option<T>> {
        let slot = self.slot(index);
        if matches!(slot, Slot::Missing) || slot.is_empty_string() {
            return Some(None);
        }
        self.parsed(index, name).map(Some)
    }

    /// Converts every string at an index with serde.
    pub(crate) fn each_deserialized<T: Deserialize<'c>>(
        &self,
        index: usize,
        name: &str,
    ) -> Option<Vec<T>> {
        self.each(index, name, |slot| {
            let read = T::deserialize(SlotDeserializer::new(slot, Leniency::EmptyString)).map(Some);
            read.map_err(|_| misfit::<T>(name, slot))
        })
    }

    /// Converts every string at an index with `FromStr`.
    pub(crate) fn each_parsed<T: FromStr<Err: Display>>(
        &self,
        index: usize,
        name: &str,
    ) -> Option<Vec<T>> {
        self.each(index, name, |slot| parse(name, slot))
    }

    fn each<T>(
        &self,
        index: usize,
        name: &str,
        read: impl Fn(&'c Slot<'c>) -> Result<Option<T>, ArgumentError>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (position, slot) in self.call.values.at(index).iter().enumerate() {
            match read(slot) {
                Ok(value) => values.extend(value),
                Err(mut error) => {
                    error.path.insert_str(name.len(), &format!("[{position}]"));
                    return self.reader.error(error);
                }
            }
        }
        Some(values)
    }

    /// Returns `true` if the argument at an index is absent or an empty string.
    pub(crate) fn is_empty(&self, index: usize) -> bool {
        match self.call.values.at(index) {
            [] => true,
            [value] => value.is_empty_string(),
            _ => false,
        }
    }

    fn slot(&self, index: usize) -> &'c Slot<'c> {
        self.call.values.at(index).first().unwrap_or(&Slot::Missing)
    }
}

/// A string that does not deserialize.
struct SlowString<'a, 'c> {
    name: &'a str,
    slot: &'c Slot<'c>,
}

impl<'c, T: Deserialize<'c>> SlowRead<'c, T> for SlowString<'_, 'c> {
    fn name(&self) -> &str {
        self.name
    }

    fn missing(&self) -> ArgumentError {
        ArgumentError::missing(self.name, expected_by::<T>().as_deref())
    }

    fn lend(&self, _: &'c str) -> Option<T> {
        None
    }

    fn errors(&self) -> Vec<ArgumentError> {
        vec![misfit::<T>(self.name, self.slot)]
    }
}

/// Error of a string that does not deserialize.
fn misfit<'c, T: Deserialize<'c>>(name: &str, slot: &'c Slot<'c>) -> ArgumentError {
    match serde_path_to_error::deserialize::<_, T>(SlotDeserializer::new(
        slot,
        Leniency::EmptyString,
    )) {
        Ok(_) => ArgumentError::new(name, "cannot be read"),
        Err(error) => ArgumentError::misfit(name, slot, &error, expected_by::<T>().as_deref()),
    }
}

/// Parses the string in a slot; `None` if there is none.
fn parse<T: FromStr<Err: Display>>(
    name: &str,
    slot: &Slot<'_>,
) -> Result<Option<T>, ArgumentError> {
    let Slot::String(text) = slot else { return Ok(None) };
    text.parse().map(Some).map_err(|error| ArgumentError::unparsed(name, &error, text))
}

/// Error of a request whose injection or question was refused.
pub(crate) fn refused(reply: ToolReply) -> ProtocolError {
    match reply {
        Err(error) => error,
        Ok(outcome) => internal(outcome),
    }
}

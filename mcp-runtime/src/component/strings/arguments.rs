//! The texts of one request on their way to the parameters of its handler.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;

use mcp_core::jsonrpc::ProtocolError;
use serde::Deserialize;

use super::{StringCall, StringParameter};
use crate::component::arguments::absent::when_absent;
use crate::component::arguments::de::SlotDeserializer;
use crate::component::arguments::error::{ArgumentError, report};
use crate::component::arguments::slot::Slot;
use crate::component::injected::{Injected, NotInjected};
use crate::component::tool::outcome::ToolReply;

/// The texts of one request on their way to the parameters of its handler.
///
/// Taking a parameter that is at error yields nothing and is noted, so that all errors of a request
/// are told at once by [`StringArguments::refusal`].
#[derive(Debug)]
pub struct StringArguments<'c> {
    call: &'c StringCall,
    errors: RefCell<Vec<ArgumentError>>,
    injected: RefCell<Option<NotInjected>>,
}

impl<'c> StringArguments<'c> {
    /// The texts of a request.
    pub fn read(call: &'c StringCall) -> Self {
        let errors = RefCell::new(call.values.errors.clone());
        Self { call, errors, injected: RefCell::default() }
    }

    /// Takes the parameter at a place; nothing if there is a error, which is noted.
    pub fn take<T>(&self, place: usize, parameter: StringParameter<'c, T>) -> Option<T> {
        parameter.take(self, place)
    }

    /// Whether nothing is at error. It is asked after every parameter was taken.
    pub fn fit(&self) -> bool {
        self.errors.borrow().is_empty() && self.injected.borrow().is_none()
    }

    /// The answer to a request of which some parameter could not be had.
    ///
    /// # Errors
    /// Always: what is wrong.
    pub fn refusal<R>(self) -> Result<R, ProtocolError> {
        Err(match self.injected.into_inner() {
            Some(NotInjected::Internal(error)) => error,
            Some(NotInjected::Refused(error)) => refused(error.into_reply()),
            None => {
                let errors = self.errors.into_inner();
                ProtocolError::invalid_params(report(&self.call.subject, &errors))
            }
        })
    }

    /// Notes every argument that has to be given and is not.
    pub(crate) fn require_all(&self) {
        for argument in self.call.signature.arguments().filter(|argument| argument.required) {
            if self.call.value(&argument.name).is_none() {
                self.error::<()>(ArgumentError::new(&argument.name, "missing"));
            }
        }
    }

    /// A value that is no text; nothing if it could not be had, which is noted.
    pub(crate) fn injected<T: Injected<'c, Via>, Via>(&self) -> Option<T> {
        match T::injected(&self.call.scope) {
            Ok(value) => Some(value),
            Err(error) => {
                self.injected.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// Reads the text at a place with serde.
    pub(crate) fn deserialized<T: Deserialize<'c>>(&self, place: usize, name: &str) -> Option<T> {
        let slot = self.slot(place);
        if let Slot::Missing = slot {
            return when_absent().or_else(|| self.error(ArgumentError::missing::<T>(name)));
        }
        match T::deserialize(SlotDeserializer(slot)) {
            Ok(value) => Some(value),
            // Hosts send what their user left empty as an empty text.
            Err(_)
                if is_empty(slot)
                    && let Some(absent) = when_absent() =>
            {
                Some(absent)
            }
            Err(_) => self.error(ArgumentError::misfit::<T>(name, slot)),
        }
    }

    /// Reads the text at a place with `FromStr`.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, place: usize, name: &str) -> Option<T> {
        match self.slot(place) {
            Slot::String(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => self.error(ArgumentError::unparsed(name, &error, text)),
            },
            _ => self.error(ArgumentError::new(name, "missing")),
        }
    }

    /// The same, where the text may be absent.
    pub(crate) fn parsed_if_given<T: FromStr<Err: Display>>(
        &self,
        place: usize,
        name: &str,
    ) -> Option<Option<T>> {
        let slot = self.slot(place);
        if matches!(slot, Slot::Missing) || is_empty(slot) {
            return Some(None);
        }
        self.parsed(place, name).map(Some)
    }

    /// Reads every text at a place with serde.
    pub(crate) fn each_deserialized<T: Deserialize<'c>>(
        &self,
        place: usize,
        name: &str,
    ) -> Option<Vec<T>> {
        self.each(place, |index, slot| {
            let read = T::deserialize(SlotDeserializer(slot));
            read.map_err(|_| ArgumentError::misfit::<T>(&format!("{name}[{index}]"), slot))
        })
    }

    /// Reads every text at a place with `FromStr`.
    pub(crate) fn each_parsed<T: FromStr<Err: Display>>(
        &self,
        place: usize,
        name: &str,
    ) -> Option<Vec<T>> {
        self.each(place, |index, slot| match slot {
            Slot::String(text) => text.parse().map_err(|error| {
                ArgumentError::unparsed(&format!("{name}[{index}]"), &error, text)
            }),
            _ => Err(ArgumentError::new(name, "missing")),
        })
    }

    fn each<T>(
        &self,
        place: usize,
        read: impl Fn(usize, &'c Slot<'c>) -> Result<T, ArgumentError>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (index, slot) in self.call.values.at(place).iter().enumerate() {
            match read(index, slot) {
                Ok(value) => values.push(value),
                Err(error) => return self.error(error),
            }
        }
        Some(values)
    }

    fn slot(&self, place: usize) -> &'c Slot<'c> {
        self.call.values.at(place).first().unwrap_or(&Slot::Missing)
    }

    #[cold]
    fn error<T>(&self, error: ArgumentError) -> Option<T> {
        let mut errors = self.errors.borrow_mut();
        // Of an argument that is no text at all it is not told that it is missing, too.
        if !errors.iter().any(|known| known.path() == error.path()) {
            errors.push(error);
        }
        None
    }
}

fn is_empty(slot: &Slot<'_>) -> bool {
    matches!(slot, Slot::String(text) if text.is_empty())
}

/// What a type with `Inject` refuses with, as an error of the request.
pub(crate) fn refused(reply: ToolReply) -> ProtocolError {
    match reply {
        Err(error) => error,
        Ok(outcome) => ProtocolError::internal(outcome.into_message()),
    }
}

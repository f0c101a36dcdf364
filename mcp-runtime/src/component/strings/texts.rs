//! The texts of one request on their way to the parameters of its handler.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;

use mcp_core::jsonrpc::ProtocolError;
use serde::Deserialize;

use super::{TextCall, TextParameter};
use crate::component::injected::{Injected, NotInjected};
use crate::component::tool::arguments::absent::when_absent;
use crate::component::tool::arguments::de::SlotDeserializer;
use crate::component::tool::arguments::fault::{Fault, report};
use crate::component::tool::arguments::slot::Slot;
use crate::component::tool::outcome::ToolReply;

/// The texts of one request on their way to the parameters of its handler.
///
/// Taking a parameter that is at fault yields nothing and is noted, so that all faults of a request
/// are told at once by [`Texts::refusal`].
#[derive(Debug)]
pub struct Texts<'c> {
    call: &'c TextCall,
    faults: RefCell<Vec<Fault>>,
    injected: RefCell<Option<NotInjected>>,
}

impl<'c> Texts<'c> {
    /// The texts of a request.
    pub fn read(call: &'c TextCall) -> Self {
        let faults = RefCell::new(call.values.faults.clone());
        Self { call, faults, injected: RefCell::default() }
    }

    /// Takes the parameter at a place; nothing if there is a fault, which is noted.
    pub fn take<T>(&self, place: usize, parameter: TextParameter<'c, T>) -> Option<T> {
        parameter.take(self, place)
    }

    /// Whether nothing is at fault. It is asked after every parameter was taken.
    pub fn fit(&self) -> bool {
        self.faults.borrow().is_empty() && self.injected.borrow().is_none()
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
                let faults = self.faults.into_inner();
                ProtocolError::invalid_params(report(&self.call.subject, &faults))
            }
        })
    }

    /// Notes every argument that has to be given and is not.
    pub(crate) fn require_all(&self) {
        for argument in self.call.signature.arguments().filter(|argument| argument.required) {
            if self.call.value(&argument.name).is_none() {
                self.fault::<()>(Fault::new(&argument.name, "missing"));
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
            return when_absent().or_else(|| self.fault(Fault::missing::<T>(name)));
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
            Err(_) => self.fault(Fault::misfit::<T>(name, slot)),
        }
    }

    /// Reads the text at a place with `FromStr`.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, place: usize, name: &str) -> Option<T> {
        match self.slot(place) {
            Slot::Text(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => self.fault(Fault::unparsed(name, &error, text)),
            },
            _ => self.fault(Fault::new(name, "missing")),
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
            read.map_err(|_| Fault::misfit::<T>(&format!("{name}[{index}]"), slot))
        })
    }

    /// Reads every text at a place with `FromStr`.
    pub(crate) fn each_parsed<T: FromStr<Err: Display>>(
        &self,
        place: usize,
        name: &str,
    ) -> Option<Vec<T>> {
        self.each(place, |index, slot| match slot {
            Slot::Text(text) => text
                .parse()
                .map_err(|error| Fault::unparsed(&format!("{name}[{index}]"), &error, text)),
            _ => Err(Fault::new(name, "missing")),
        })
    }

    fn each<T>(
        &self,
        place: usize,
        read: impl Fn(usize, &'c Slot<'c>) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (index, slot) in self.call.values.at(place).iter().enumerate() {
            match read(index, slot) {
                Ok(value) => values.push(value),
                Err(fault) => return self.fault(fault),
            }
        }
        Some(values)
    }

    fn slot(&self, place: usize) -> &'c Slot<'c> {
        self.call.values.at(place).first().unwrap_or(&Slot::Missing)
    }

    #[cold]
    fn fault<T>(&self, fault: Fault) -> Option<T> {
        let mut faults = self.faults.borrow_mut();
        // Of an argument that is no text at all it is not told that it is missing, too.
        if !faults.iter().any(|known| known.path() == fault.path()) {
            faults.push(fault);
        }
        None
    }
}

fn is_empty(slot: &Slot<'_>) -> bool {
    matches!(slot, Slot::Text(text) if text.is_empty())
}

/// What a type with `Inject` refuses with, as an error of the request.
pub(crate) fn refused(reply: ToolReply) -> ProtocolError {
    match reply {
        Err(error) => error,
        Ok(outcome) => ProtocolError::internal(outcome.into_message()),
    }
}

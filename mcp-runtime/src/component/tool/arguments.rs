//! Arguments of one tool call: JSON, read in one pass and converted per parameter.

use regex_lite::Regex;
use serde::Deserialize;

use super::call::Call;
use super::inspection::SlowArgument;
use super::outcome::{ToolOutcome, ToolReply};
use super::parameter::ParameterSpec;
use crate::component::arguments::{
    ArgumentReader, Named, ParameterTable, Refusal, Slot, when_absent,
};
use crate::component::injected::Injected;
use crate::constraint::schema::CompiledSchema;

/// Parameters of a tool.
pub(crate) type ArgumentTable = ParameterTable<JsonArgument>;

/// A JSON argument as a tool declares it.
#[derive(Debug)]
pub(crate) struct JsonArgument {
    pub(crate) name: Box<str>,
    /// Compiled pattern of the argument's rules.
    pub(crate) pattern: Option<Regex>,
    /// Schema of the argument's type, with its rules.
    pub(crate) schema: CompiledSchema,
    /// `true` if the value must not be shown.
    pub(crate) is_secret: bool,
}

impl Named for JsonArgument {
    fn name(&self) -> &str {
        &self.name
    }
}

/// Arguments of one call, by parameter.
///
/// A parameter that cannot be read yields `None`. Its error is recorded, so that
/// [`ToolArguments::refusal`] reports all errors of a call together.
pub struct ToolArguments<'c> {
    call: &'c Call,
    slots: &'c [Slot<'c>],
    reader: ArgumentReader<'c>,
}

impl<'c> ToolArguments<'c> {
    /// Walks the arguments of a call once and puts each into the slot of its parameter.
    pub fn read(call: &'c Call, slots: &'c mut [Slot<'c>]) -> Self {
        let table = &call.spec().arguments;
        let mut errors = Vec::new();
        let mut guess = 0;
        for (name, value) in call.argument_members() {
            guess = table.assign(&name, guess, &mut errors, |index| match slots.get_mut(index) {
                Some(slot @ Slot::Missing) => {
                    *slot = Slot::of(value);
                    true
                }
                _ => false,
            });
        }
        let reader = ArgumentReader::new(call.scope(), call.spec().leniency, errors);
        Self { call, slots, reader }
    }

    /// Converts the parameter at an index. Returns `None` and records the error if that fails.
    #[inline]
    pub fn take<T>(&self, index: usize, parameter: ParameterSpec<'c, T>) -> Option<T> {
        parameter.take(self, index)
    }

    /// Answer to a call whose parameters could not all be read.
    pub fn refusal(self) -> ToolReply {
        let table = &self.call.spec().arguments;
        self.reader.hide_values(|path| {
            let all = (0..table.len()).filter_map(|index| table.get(index));
            let mut secrets = all.filter(|argument| argument.is_secret);
            secrets.any(|argument| {
                let rest = path.strip_prefix(&*argument.name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        });
        match self.reader.refusal(self.call.spec().name()) {
            Refusal::Protocol(error) => Err(error),
            Refusal::Injection(error) => error.into_reply(),
            Refusal::Arguments(text) => Ok(ToolOutcome::failed(text)),
        }
    }

    /// Returns `true` if all arguments are valid. To be called after every parameter was taken:
    /// there may be arguments without a parameter.
    pub fn fit(&self) -> bool {
        #[cfg(feature = "validate")]
        if let Some(validator) = &self.call.spec().validator {
            self.reader.validate(|meant| validator.check_read(self.call.arguments(), meant));
        }
        self.reader.is_ok()
    }

    /// Converts the argument at an index and checks its rules.
    pub(crate) fn argument<T: Deserialize<'c>>(
        &self,
        index: usize,
        parameter: &ParameterSpec<'c, T>,
    ) -> Option<T> {
        let slot = self.slots.get(index)?;
        let declared = self.call.spec().arguments.get(index)?;
        let default = || parameter.rules.default_value().or_else(when_absent);
        let slow = SlowArgument { call: self.call, declared, slot };
        let value = self.reader.deserialize(slot, default, slow)?;
        if let Slot::Missing = slot {
            return Some(value);
        }
        let broken = parameter.rules.check(&value, declared.pattern.as_ref()).err();
        if broken.is_none() && (declared.schema.is_trusted() || slot.is_null()) {
            return Some(value);
        }
        let errors = slow.inspect::<T>(self.reader.meaning(parameter.name), broken);
        if errors.is_empty() { Some(value) } else { self.reader.errors(errors) }
    }

    /// Creates the value of an injected parameter.
    pub(crate) fn injected<T: Injected<'c, Via>, Via>(&self) -> Option<T> {
        self.reader.injected::<T, Via>()
    }
}

//! The declared parameters of a resource or prompt.

use super::StringParameter;
use super::parameter::ParameterKind;
use crate::component::arguments::{Named, ParameterTable};
use crate::component::completion::completer::Completer;
#[cfg(feature = "client")]
use crate::component::completion::upstream_completer::UpstreamCompleter;

/// Declared parameters of a resource or prompt.
#[derive(Debug, Default)]
pub(crate) struct Signature {
    pub(crate) table: ParameterTable<StringArgument>,
    pub(crate) errors: Vec<String>,
}

/// A string argument as a component declares it.
#[derive(Debug)]
pub(crate) struct StringArgument {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    /// `true` if the argument must be present.
    pub(crate) required: bool,
    /// `true` if the argument has any number of values.
    pub(crate) list: bool,
    pub(crate) suggestions: Suggestions,
}

impl Named for StringArgument {
    fn name(&self) -> &str {
        &self.name
    }
}

/// Source of the completions of an argument.
#[derive(Debug)]
pub(crate) enum Suggestions {
    /// No completions.
    None,
    /// A fixed list of values.
    Fixed(Vec<String>),
    /// A function of the server's author.
    Completer(Completer),
    /// Another server.
    #[cfg(feature = "client")]
    Upstream(UpstreamCompleter),
}

impl Suggestions {
    /// Returns `true` if there are any.
    pub(crate) fn exist(&self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Signature {
    /// Adds the next parameter.
    pub(crate) fn declare<T>(&mut self, parameter: StringParameter<'_, T>) {
        let name = parameter.name;
        let (probed, list) = match (parameter.kind)() {
            ParameterKind::Injected(requires) => {
                if parameter.completer.is_some() {
                    self.errors.push(format!("`{name}` is injected and cannot be completed"));
                }
                if parameter.default.is_some() {
                    self.errors.push(format!("`{name}` is injected and cannot have a default"));
                }
                return self.table.push_injected(requires);
            }
            ParameterKind::String(probed) => (probed, false),
            ParameterKind::List(probed) => (probed, true),
        };
        if let Some(found) = probed.unreadable {
            let what = if list { "each of its values" } else { "its type" };
            self.errors
                .push(format!("`{name}`: {what} is {found}, which cannot be read from text"));
        }
        self.push(StringArgument {
            name: name.to_owned(),
            title: parameter.title.map(str::to_owned),
            description: parameter.description.map(str::to_owned),
            required: !probed.optional && !list && parameter.default.is_none(),
            list,
            suggestions: match parameter.completer {
                Some(completer) => Suggestions::Completer(completer),
                None if probed.values.is_empty() => Suggestions::None,
                None => Suggestions::Fixed(probed.values),
            },
        });
    }

    /// Adds an argument as the next parameter.
    pub(crate) fn push(&mut self, argument: StringArgument) {
        let name = argument.name.clone();
        if !self.table.push(argument) {
            self.errors.push(format!("two parameters are named `{name}`"));
        }
    }

    /// Returns `true` if the argument at an index has any number of values.
    pub(crate) fn is_list(&self, index: usize) -> bool {
        self.table.get(index).is_some_and(|argument| argument.list)
    }
}

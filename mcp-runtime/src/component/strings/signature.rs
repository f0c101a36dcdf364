//! What a resource or prompt says of its parameters.

use super::StringParameter;
use super::parameter::ParameterKind;
use crate::component::completion::completer::Completer;
#[cfg(feature = "client")]
use crate::component::completion::upstream_completer::UpstreamCompleter;
use crate::component::inject::Requirement;

/// The parameters of a resource or prompt, in their order.
#[derive(Debug, Default)]
pub(crate) struct Signature {
    /// Nothing for a parameter that is injected.
    parameters: Vec<Option<StringArgument>>,
    /// What the handler needs in the state of the server.
    pub(crate) requires: Vec<Requirement>,
    /// Whether values that no parameter takes are ignored.
    pub(crate) open: bool,
    pub(crate) errors: Vec<String>,
}

/// A parameter that is read from text.
#[derive(Debug)]
pub(crate) struct StringArgument {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    /// Whether it has to be given.
    pub(crate) required: bool,
    /// Whether it takes any number of values.
    pub(crate) list: bool,
    pub(crate) suggestions: Suggestions,
}

/// How an argument can be completed.
#[derive(Debug)]
pub(crate) enum Suggestions {
    /// Not at all.
    None,
    /// By one of these.
    Fixed(Vec<String>),
    /// By what a function answers.
    Completer(Completer),
    /// By what another server answers.
    #[cfg(feature = "client")]
    Upstream(UpstreamCompleter),
}

impl Suggestions {
    /// Whether there are any.
    pub(crate) fn exist(&self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Signature {
    /// Adds the next parameter.
    pub(crate) fn declare<T>(&mut self, parameter: StringParameter<'_, T>) {
        let nature = (parameter.nature)();
        let list = matches!(nature, ParameterKind::List(_));
        match nature {
            ParameterKind::Injected(requires) => {
                if parameter.completer.is_some() {
                    let name = parameter.name;
                    self.errors.push(format!("`{name}` is injected and cannot be completed"));
                }
                self.requires.extend(requires);
                self.parameters.push(None);
            }
            ParameterKind::String(form) | ParameterKind::List(form) => {
                let name = parameter.name;
                if let Some(found) = form.unreadable {
                    let what = if list { "each of its values" } else { "its type" };
                    self.errors.push(format!(
                        "`{name}`: {what} is {found}, which cannot be read from text"
                    ));
                }
                self.push(StringArgument {
                    name: name.to_owned(),
                    title: parameter.title.map(str::to_owned),
                    description: parameter.description.map(str::to_owned),
                    required: !form.optional && !list,
                    list,
                    suggestions: match parameter.completer {
                        Some(completer) => Suggestions::Completer(completer),
                        None if form.values.is_empty() => Suggestions::None,
                        None => Suggestions::Fixed(form.values),
                    },
                });
            }
        }
    }

    /// Adds a parameter that is read from text.
    pub(crate) fn push(&mut self, argument: StringArgument) {
        if self.names().any(|known| known == argument.name) {
            self.errors.push(format!("two parameters are named `{}`", argument.name));
        }
        self.parameters.push(Some(argument));
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        0..self.parameters.len()
    }

    /// The place of an argument.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|one| one.as_ref().is_some_and(|one| one.name == name))
    }

    /// Whether the argument at a place takes any number of values.
    pub(crate) fn is_list(&self, place: usize) -> bool {
        self.parameters.get(place).is_some_and(|one| one.as_ref().is_some_and(|one| one.list))
    }

    /// The arguments, in their order.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &StringArgument> {
        self.parameters.iter().flatten()
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments().map(|argument| &*argument.name)
    }

    /// The argument of a name, for changing what it says.
    pub(crate) fn argument_mut(&mut self, name: &str) -> Option<&mut StringArgument> {
        self.parameters.iter_mut().flatten().find(|argument| argument.name == name)
    }
}

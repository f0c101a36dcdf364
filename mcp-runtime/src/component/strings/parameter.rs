//! A parameter of a resource or prompt.

use std::fmt;
use std::marker::PhantomData;

use super::StringArguments;
use super::probe::ProbedType;
use crate::component::completion::completer::{Complete, Completer};
use crate::component::inject::Requirement;

/// Name and type of a parameter. The traits of this module convert it to a
/// [`StringParameter`], each for its kind of types.
pub struct ParameterType<'c, T> {
    pub(crate) name: &'static str,
    of: PhantomData<fn(&'c ()) -> T>,
}

impl<T> ParameterType<'_, T> {
    /// Creates the parameter with a name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }
}

impl<T> fmt::Debug for ParameterType<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParameterType").field(&self.name).finish()
    }
}

/// A parameter of a resource or prompt, with the options of its attribute.
///
/// Generated code creates it when the component is declared and in every request.
pub struct StringParameter<'c, T> {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) description: Option<&'static str>,
    pub(crate) completer: Option<Completer>,
    pub(crate) default: Option<fn() -> T>,
    pub(crate) kind: fn() -> ParameterKind,
    take: fn(&StringArguments<'c>, usize, &'static str) -> Option<T>,
}

/// Source of a parameter's value.
#[derive(Debug)]
pub(crate) enum ParameterKind {
    String(ProbedType),
    /// All values of the parameter's name, each read as this type.
    List(ProbedType),
    /// An injected value, with the state that it requires.
    Injected(Vec<Requirement>),
}

impl<'c, T> StringParameter<'c, T> {
    pub(crate) fn new(
        text: &ParameterType<'c, T>,
        kind: fn() -> ParameterKind,
        take: fn(&StringArguments<'c>, usize, &'static str) -> Option<T>,
    ) -> Self {
        Self {
            name: text.name,
            title: None,
            description: None,
            completer: None,
            default: None,
            kind,
            take,
        }
    }

    /// Sets the value of an argument that is absent, or empty as a field that a user leaves empty.
    #[must_use]
    pub fn default(mut self, make: fn() -> T) -> Self {
        self.default = Some(make);
        self
    }

    /// Sets the name for display.
    #[must_use]
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets the description; a blank one is none.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = (!description.trim().is_empty()).then_some(description);
        self
    }

    /// Sets the function that completes the argument.
    #[must_use]
    pub fn complete<Via>(mut self, completer: impl Complete<Via>) -> Self {
        self.completer = Some(Completer::new(completer));
        self
    }

    pub(crate) fn take(&self, arguments: &StringArguments<'c>, index: usize) -> Option<T> {
        match self.default {
            Some(make) if arguments.is_empty(index) => Some(make()),
            _ => (self.take)(arguments, index, self.name),
        }
    }
}

impl<T> fmt::Debug for StringParameter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringParameter").field("name", &self.name).finish_non_exhaustive()
    }
}

//! A parameter of a resource or prompt.

use std::fmt;
use std::marker::PhantomData;

use super::StringArguments;
use super::probe::ProbedType;
use crate::component::completion::completer::{Complete, Completer};
use crate::component::inject::Requirement;

/// The name and the type of a parameter, of which the traits of this module make a
/// [`StringParameter`], each for the types it is about.
pub struct ParameterType<'c, T> {
    pub(crate) name: &'static str,
    of: PhantomData<fn(&'c ()) -> T>,
}

impl<T> ParameterType<'_, T> {
    /// The parameter of a name and a type.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }
}

impl<T> fmt::Debug for ParameterType<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParameterType").field(&self.name).finish()
    }
}

/// A parameter of a resource or prompt: how it is had, and what its attribute says.
///
/// Generated code makes it twice, to declare the component and in every request.
pub struct StringParameter<'c, T> {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) description: Option<&'static str>,
    pub(crate) completer: Option<Completer>,
    pub(crate) kind: fn() -> ParameterKind,
    take: fn(&StringArguments<'c>, usize, &'static str) -> Option<T>,
}

/// Whether a parameter is read from text.
#[derive(Debug)]
pub(crate) enum ParameterKind {
    String(ProbedType),
    /// It takes all values of its name, each of this form.
    List(ProbedType),
    /// It comes with the request or from the server, and may need state.
    Injected(Vec<Requirement>),
}

impl<'c, T> StringParameter<'c, T> {
    pub(crate) fn new(
        text: &ParameterType<'c, T>,
        kind: fn() -> ParameterKind,
        take: fn(&StringArguments<'c>, usize, &'static str) -> Option<T>,
    ) -> Self {
        Self { name: text.name, title: None, description: None, completer: None, kind, take }
    }

    /// Its name for people.
    #[must_use]
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// What it is.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// What suggests values of it.
    #[must_use]
    pub fn complete<Via>(mut self, completer: impl Complete<Via>) -> Self {
        self.completer = Some(Completer::new(completer));
        self
    }

    pub(crate) fn take(&self, arguments: &StringArguments<'c>, index: usize) -> Option<T> {
        (self.take)(arguments, index, self.name)
    }
}

impl<T> fmt::Debug for StringParameter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StringParameter").field("name", &self.name).finish_non_exhaustive()
    }
}

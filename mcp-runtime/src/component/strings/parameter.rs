//! A parameter of a resource or prompt.

use std::fmt;
use std::marker::PhantomData;

use super::Texts;
use super::probe::Form;
use crate::component::completion::completer::{Complete, Completer};
use crate::component::inject::Requirement;

/// The name and the type of a parameter, of which the traits of this module make a
/// [`TextParameter`], each for the types it is about.
pub struct Text<'c, T> {
    pub(crate) name: &'static str,
    of: PhantomData<fn(&'c ()) -> T>,
}

impl<T> Text<'_, T> {
    /// The parameter of a name and a type.
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }
}

impl<T> fmt::Debug for Text<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.name).finish()
    }
}

/// A parameter of a resource or prompt: how it is had, and what its attribute says.
///
/// Generated code makes it twice, to declare the component and in every request.
pub struct TextParameter<'c, T> {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) description: Option<&'static str>,
    pub(crate) completer: Option<Completer>,
    pub(crate) nature: fn() -> Nature,
    take: fn(&Texts<'c>, usize, &'static str) -> Option<T>,
}

/// Whether a parameter is read from text.
#[derive(Debug)]
pub(crate) enum Nature {
    Text(Form),
    /// It takes all values of its name, each of this form.
    List(Form),
    /// It comes with the request or from the server, and may need state.
    Injected(Vec<Requirement>),
}

impl<'c, T> TextParameter<'c, T> {
    pub(crate) fn new(
        text: &Text<'c, T>,
        nature: fn() -> Nature,
        take: fn(&Texts<'c>, usize, &'static str) -> Option<T>,
    ) -> Self {
        Self { name: text.name, title: None, description: None, completer: None, nature, take }
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

    pub(crate) fn take(&self, texts: &Texts<'c>, place: usize) -> Option<T> {
        (self.take)(texts, place, self.name)
    }
}

impl<T> fmt::Debug for TextParameter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextParameter").field("name", &self.name).finish_non_exhaustive()
    }
}

//! The parameters of a handler, and the lookup of the one that an argument belongs to.

use super::ArgumentError;
use crate::component::inject::Requirement;

/// An argument as a component declares it.
pub(crate) trait Named {
    /// Name of the argument on the wire.
    fn name(&self) -> &str;
}

/// Parameters of a handler in their order.
#[derive(Debug)]
pub(crate) struct ParameterTable<A> {
    /// One entry per parameter; `None` for injected ones.
    parameters: Vec<Option<A>>,
    /// `true` if unknown arguments are ignored instead of rejected.
    pub(crate) open: bool,
    /// State of the server that the injected parameters require.
    pub(crate) requires: Vec<Requirement>,
}

impl<A> Default for ParameterTable<A> {
    fn default() -> Self {
        Self { parameters: Vec::new(), open: false, requires: Vec::new() }
    }
}

impl<A: Named> ParameterTable<A> {
    /// Adds the next parameter as an argument. Returns `false` if its name is already taken.
    pub(crate) fn push(&mut self, argument: A) -> bool {
        let is_new = self.position(argument.name(), 0).is_none();
        self.parameters.push(Some(argument));
        is_new
    }

    /// Adds the next parameter as an injected one.
    pub(crate) fn push_injected(&mut self, requires: impl IntoIterator<Item = Requirement>) {
        self.parameters.push(None);
        self.requires.extend(requires);
    }

    /// Number of parameters, injected ones included.
    pub(crate) fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Argument of the parameter at an index.
    pub(crate) fn get(&self, index: usize) -> Option<&A> {
        self.parameters.get(index)?.as_ref()
    }

    /// Argument with a name, for changing its declaration.
    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut A> {
        self.parameters.iter_mut().flatten().find(|argument| argument.name() == name)
    }

    /// Index of the parameter with a name. The parameter at `guess` is tried first: arguments
    /// mostly come in the order of the parameters.
    pub(crate) fn position(&self, name: &str, guess: usize) -> Option<usize> {
        let is_at = |index: usize| self.get(index).is_some_and(|argument| argument.name() == name);
        if is_at(guess) {
            return Some(guess);
        }
        (0..self.parameters.len()).find(|index| is_at(*index))
    }

    /// Passes an argument of a request to its parameter. `store` receives the index of the
    /// parameter and returns `false` if the parameter already has a value.
    ///
    /// Returns the guess for the next argument.
    #[inline]
    pub(crate) fn assign(
        &self,
        name: &str,
        guess: usize,
        errors: &mut Vec<ArgumentError>,
        store: impl FnOnce(usize) -> bool,
    ) -> usize {
        match self.position(name, guess) {
            Some(index) => {
                if !store(index) {
                    errors.push(ArgumentError::duplicate(name));
                }
                index + 1
            }
            None => {
                if !self.open {
                    errors.push(ArgumentError::unknown(name, self.names()));
                }
                guess
            }
        }
    }

    /// Arguments in their order.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &A> {
        self.parameters.iter().flatten()
    }

    /// Arguments in their order, for changing their declarations.
    pub(crate) fn arguments_mut(&mut self) -> impl Iterator<Item = &mut A> {
        self.parameters.iter_mut().flatten()
    }

    /// Names of the arguments in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments().map(A::name)
    }
}

//! Which argument belongs to which parameter of a tool.

use regex_lite::Regex;

/// The arguments of a tool, by the place of their parameter.
#[derive(Debug, Default)]
pub(crate) struct ArgumentTable {
    /// One entry per parameter; nothing for those that are injected.
    parameters: Vec<Option<Argument>>,
    /// Whether further arguments are ignored rather than refused.
    pub(crate) open: bool,
}

#[derive(Debug)]
struct Argument {
    name: Box<str>,
    pattern: Option<Regex>,
}

impl ArgumentTable {
    /// Adds the next parameter as an argument.
    pub(crate) fn push(&mut self, name: &str, pattern: Option<Regex>) {
        self.parameters.push(Some(Argument { name: name.into(), pattern }));
    }

    /// Adds the next parameter as one that is not an argument.
    pub(crate) fn push_injected(&mut self) {
        self.parameters.push(None);
    }

    /// The place of an argument. `guess` is where it is if arguments come in their order.
    pub(crate) fn position(&self, name: &str, guess: usize) -> Option<usize> {
        let is_at = |place: usize| self.name(place).is_some_and(|known| known == name);
        if is_at(guess) {
            return Some(guess);
        }
        (0..self.parameters.len()).find(|place| is_at(*place))
    }

    /// The compiled pattern of an argument.
    pub(crate) fn pattern(&self, place: usize) -> Option<&Regex> {
        self.parameters.get(place)?.as_ref()?.pattern.as_ref()
    }

    /// The names of all arguments.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().flatten().map(|argument| &*argument.name)
    }

    fn name(&self, place: usize) -> Option<&str> {
        self.parameters.get(place)?.as_ref().map(|argument| &*argument.name)
    }
}

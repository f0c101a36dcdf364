//! Sets of scopes.

use std::fmt;

use mcp_core::name::is_scope;

/// The scope that stands for a refresh token.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// Scopes in the order in which they were named, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    /// Parses scopes that are separated by spaces.
    pub(crate) fn parse(text: &str) -> Self {
        Self::of(text.split_ascii_whitespace())
    }

    pub(crate) fn of<T: Into<String>>(scopes: impl IntoIterator<Item = T>) -> Self {
        let mut all = Self::default();
        for scope in scopes {
            all.add(scope.into());
        }
        all
    }

    /// Adds a scope. What is no scope by RFC 6749 is left out.
    fn add(&mut self, scope: String) {
        if is_scope(&scope) && !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Returns `true` if all of the others are among these.
    pub(crate) fn contains_all(&self, others: &Self) -> bool {
        others.0.iter().all(|scope| self.contains(scope))
    }

    /// Adds other scopes.
    pub(crate) fn union(mut self, others: &Self) -> Self {
        others.0.iter().for_each(|scope| self.add(scope.clone()));
        self
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set_in_order() {
        let scopes = Scopes::parse(" b  a b \t c");
        assert_eq!(scopes.to_string(), "b a c");
        assert!(
            scopes.contains_all(&Scopes::parse("c b")) && !scopes.contains_all(&Scopes::parse("d"))
        );
        assert_eq!(scopes.union(&Scopes::parse("d a")).to_string(), "b a c d");
        assert_eq!(Scopes::of(["a b", "", "c\"", "é", "d"]).to_string(), "d");
    }
}

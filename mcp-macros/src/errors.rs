//! The mistakes found in one item, collected and reported together.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Mistakes found so far, each with the tokens that cause it.
///
/// A rule pushes its mistake and carries on, so that one build shows all of them.
pub(crate) struct Errors {
    subject: String,
    found: Vec<syn::Error>,
}

impl Errors {
    /// Collects mistakes about one subject. The subject, such as ``tool `add` ``, starts every
    /// message.
    pub(crate) fn about(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), found: Vec::new() }
    }

    /// Reports a mistake at the tokens that cause it.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        let message = format!("{}: {message}", self.subject);
        self.found.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports a mistake at a span that has no tokens of its own.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.found.push(syn::Error::new(span, format!("{}: {message}", self.subject)));
    }

    /// Adds an error of the Rust parser.
    pub(crate) fn syntax(&mut self, error: &syn::Error) {
        self.at_span(error.span(), error);
    }

    /// Adds the mistakes of a part of the subject.
    pub(crate) fn absorb(&mut self, other: Errors) {
        self.found.extend(other.found);
    }

    /// Returns `true` if any mistake was reported.
    pub(crate) fn any(&self) -> bool {
        !self.found.is_empty()
    }

    /// One `compile_error!` per mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.found.iter().map(syn::Error::to_compile_error).collect()
    }
}

#[cfg(test)]
impl Errors {
    /// The messages, in the order in which they were found.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.found.iter().map(ToString::to_string).collect()
    }
}

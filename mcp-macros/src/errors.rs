//! The mistakes found in one item: collected, then reported together.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Every mistake found so far, each at the tokens that cause it.
///
/// A rule pushes its mistake and carries on, so that one build shows them all.
pub(crate) struct Errors {
    subject: String,
    found: Vec<syn::Error>,
}

impl Errors {
    /// Collects mistakes of one subject, such as ``tool `add` ``, which starts every message.
    pub(crate) fn about(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), found: Vec::new() }
    }

    /// Reports a mistake at the tokens that cause it.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        let message = format!("{}: {message}", self.subject);
        self.found.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports a mistake at a place that has no tokens of its own.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.found.push(syn::Error::new(span, format!("{}: {message}", self.subject)));
    }

    /// Takes over what the parser of Rust syntax had to say.
    pub(crate) fn syntax(&mut self, error: &syn::Error) {
        self.at_span(error.span(), error);
    }

    /// Takes over the mistakes of a part of the subject.
    pub(crate) fn absorb(&mut self, other: Errors) {
        self.found.extend(other.found);
    }

    /// Whether anything was reported.
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

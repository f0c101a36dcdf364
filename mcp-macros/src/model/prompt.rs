//! One checked prompt.

use proc_macro2::TokenStream;

use super::item::{self, Item};
use super::name;
use super::signature::Place;
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::keys;
use crate::syntax::kind::Kind;

pub(crate) const KEYS: [&str; 9] =
    ["name", "title", "description", "icons", "meta", "scopes", "timeout", "blocking", "crate"];

/// A prompt.
pub(crate) struct Prompt {
    pub(crate) item: Item,
}

/// Checks a prompt. If anything is reported, the value must not be used.
pub(crate) fn prompt(
    tokens: TokenStream,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Prompt {
    let mut options = item::Options::default();
    for key in keys::parse(tokens, &KEYS, errors) {
        options.read(&key, function, errors);
    }
    let name = item::name(&options, &function.signature.ident);
    if let Some(message) = name::prompt_name_error(&name.text) {
        errors.at_span(name.span, message);
    }
    Prompt { item: item::item(Kind::Prompt, options, function, place, errors) }
}

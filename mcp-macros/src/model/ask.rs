//! One parameter that the user is asked for: `#[ask("Really delete {path}?")] confirm: Confirm`.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, PatType, Signature, Type};

use super::param;
use super::types;
use crate::errors::Errors;
use crate::syntax::function::{contents, is_arg, is_ask};
use crate::syntax::keys;

const KEYS: [&str; 2] = ["key", "volatile"];

/// A parameter that the user is asked for.
pub(crate) struct Ask {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// Its place among all parameters.
    pub(crate) place: usize,
    /// The type as written, for where errors about it point.
    pub(crate) ty: Type,
    /// The type with declared lifetimes elided, for generated code.
    pub(crate) elided: TokenStream,
    /// What the user is asked: a format string, which the compiler reads.
    pub(crate) message: LitStr,
    /// The name of the question on the wire.
    pub(crate) key: Option<LitStr>,
    pub(crate) is_volatile: bool,
}

/// The attribute that makes an input one that is asked for.
pub(crate) fn attribute(input: &PatType) -> Option<&Attribute> {
    input.attrs.iter().find(|attribute| is_ask(attribute))
}

/// Checks such a parameter.
pub(crate) fn ask(
    signature: &Signature,
    place: usize,
    input: &PatType,
    attribute: &Attribute,
    lifetimes: &[Ident],
    errors: &mut Errors,
) -> Option<Ask> {
    param::uncfged(&input.attrs, errors);
    only_asked(input, errors);
    awaited(signature, attribute, errors);
    let (text, rest) = keys::leading_text(contents(attribute));
    let (mut key, mut is_volatile) = (None, false);
    for given in keys::parse(rest, &KEYS, errors) {
        match given.text_of_name().as_str() {
            "key" => key = given.string(errors),
            _ => is_volatile = given.boolean(errors).unwrap_or_default(),
        }
    }
    let message = message(attribute, text, errors);
    let ident = param::ident(&input.pat, errors)?;
    let elided = types::elided(&input.ty, lifetimes);
    let ty = (*input.ty).clone();
    Some(Ask { ident, place, ty, elided, message: message?, key, is_volatile })
}

fn message(attribute: &Attribute, text: Option<LitStr>, errors: &mut Errors) -> Option<LitStr> {
    let text = text.filter(|text| !text.value().trim().is_empty());
    if text.is_none() {
        errors.at(
            attribute,
            "`#[ask]` has no message; write what the user is asked, as in `#[ask(\"Go on?\")]`",
        );
    }
    text
}

fn only_asked(input: &PatType, errors: &mut Errors) {
    let mut asks = input.attrs.iter().filter(|attribute| is_ask(attribute));
    asks.next();
    for again in asks {
        errors.at(again, "a parameter has two `#[ask]`; write one with the whole message");
    }
    for argument in input.attrs.iter().filter(|attribute| is_arg(attribute)) {
        errors.at(argument, "a parameter is an argument and asked for; keep `#[arg]` or `#[ask]`");
    }
}

fn awaited(signature: &Signature, attribute: &Attribute, errors: &mut Errors) {
    if signature.asyncness.is_none() {
        errors.at(
            attribute,
            "asks the user, for whom a plain function cannot wait; make it an `async fn`",
        );
    }
}

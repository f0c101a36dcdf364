//! One `#[ask]` parameter: `#[ask("Really delete {path}?")] confirm: Confirm`.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, LitStr, PatType, Signature, Type};

use super::param;
use super::types;
use crate::errors::Errors;
use crate::syntax::function::{contents, is_arg, is_ask};
use crate::syntax::keys;

const KEYS: [&str; 2] = ["key", "volatile"];

/// A parameter whose value the user is asked for.
pub(crate) struct Ask {
    /// Its name in Rust; a generated one for a pattern.
    pub(crate) ident: Ident,
    /// `true` if later messages can name it.
    pub(crate) is_named: bool,
    /// Position among all parameters.
    pub(crate) position: usize,
    /// Type as written, which gives the span of errors about it.
    pub(crate) ty: Type,
    /// The type with declared lifetimes elided, for generated code.
    pub(crate) elided: TokenStream,
    /// Message shown to the user: a format string, checked by the compiler.
    pub(crate) message: LitStr,
    /// Key of the question on the wire.
    pub(crate) key: Option<LitStr>,
    pub(crate) is_volatile: bool,
}

/// The `#[ask]` attribute of a parameter.
pub(crate) fn attribute(input: &PatType) -> Option<&Attribute> {
    input.attrs.iter().find(|attribute| is_ask(attribute))
}

/// Checks an `#[ask]` parameter.
pub(crate) fn ask(
    signature: &Signature,
    position: usize,
    input: &PatType,
    attribute: &Attribute,
    lifetimes: &[Ident],
    errors: &mut Errors,
) -> Option<Ask> {
    param::reject_cfg(&input.attrs, errors);
    reject_other_attributes(input, errors);
    require_async(signature, attribute, errors);
    let (text, rest) = keys::leading_text(contents(attribute));
    let (mut key, mut is_volatile) = (None, false);
    for given in keys::parse(rest, &KEYS, errors) {
        match given.text_of_name().as_str() {
            "key" => key = given.string(errors),
            _ => is_volatile = given.boolean(errors).unwrap_or_default(),
        }
    }
    let message = message(attribute, text, errors);
    let given = param::named(&input.pat);
    let is_named = given.is_some();
    let ident = given.cloned().unwrap_or_else(|| param::generated(position, &input.pat));
    let elided = types::elided(&input.ty, lifetimes);
    let ty = (*input.ty).clone();
    Some(Ask { ident, is_named, position, ty, elided, message: message?, key, is_volatile })
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

fn reject_other_attributes(input: &PatType, errors: &mut Errors) {
    let mut asks = input.attrs.iter().filter(|attribute| is_ask(attribute));
    asks.next();
    for again in asks {
        errors.at(again, "a parameter has two `#[ask]`; write one with the whole message");
    }
    for argument in input.attrs.iter().filter(|attribute| is_arg(attribute)) {
        errors.at(argument, "a parameter is an argument and asked for; keep `#[arg]` or `#[ask]`");
    }
}

fn require_async(signature: &Signature, attribute: &Attribute, errors: &mut Errors) {
    if signature.asyncness.is_none() {
        errors.at(
            attribute,
            "asks the user, but only an `async fn` can wait for the answer; write `async fn`",
        );
    }
}

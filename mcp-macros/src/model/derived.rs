//! A type with `#[derive(Elicit)]`: a form, or an enum to select from.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, GenericParam, Generics, Path};

use super::choice::{self, Choice};
use super::form::{self, Form};
use crate::errors::Errors;
use crate::syntax::function::contents;
use crate::syntax::keys::{self, Key};

/// A checked type: a form or a selection.
pub(crate) enum Derived {
    Form(Form),
    Choice(Choice),
}

/// The part that forms and enums have in common.
pub(crate) struct Named {
    pub(crate) ident: Ident,
    pub(crate) krate: Option<Path>,
}

/// The subject of messages about a type.
pub(crate) fn subject(input: &DeriveInput) -> String {
    match &input.data {
        Data::Enum(_) => format!("enum `{}`", input.ident.unraw()),
        _ => format!("form `{}`", input.ident.unraw()),
    }
}

/// Checks a type. If anything is reported, the value must not be used.
pub(crate) fn derived(input: &DeriveInput, errors: &mut Errors) -> Option<Derived> {
    reject_generics(&input.generics, errors);
    match &input.data {
        Data::Struct(data) => Some(Derived::Form(form::form(input, data, errors))),
        Data::Enum(data) => Some(Derived::Choice(choice::choice(input, data, errors))),
        Data::Union(data) => {
            errors.at(data.union_token, "is a `union`; make it a struct with named fields");
            None
        }
    }
}

/// The `crate` key of a type, also if the type has mistakes.
pub(crate) fn krate(input: &DeriveInput) -> Option<Path> {
    let mut ignored = Errors::about("");
    let keys = keys(&input.attrs, &["crate"], &[], &mut ignored);
    keys.first()?.path(&mut ignored)
}

fn reject_generics(generics: &Generics, errors: &mut Errors) {
    for parameter in &generics.params {
        let (at, why) = match parameter {
            GenericParam::Lifetime(parameter) => (
                parameter.lifetime.to_token_stream(),
                "borrows, but the values of a form are owned; write `String` and the like".into(),
            ),
            GenericParam::Type(parameter) => generic_error(&parameter.ident),
            GenericParam::Const(parameter) => generic_error(&parameter.ident),
        };
        errors.at(at, why);
    }
}

fn generic_error(name: &Ident) -> (TokenStream, String) {
    let message =
        format!("is generic over `{name}`, so it has no single schema; write a type instead");
    (name.to_token_stream(), message)
}

/// The keys of the `#[elicit(…)]` on a type, a field or a variant.
pub(crate) fn keys(
    attributes: &[Attribute],
    known: &[&str],
    foreign: &[&str],
    errors: &mut Errors,
) -> Vec<Key> {
    let mut found = attributes.iter().filter(|attribute| attribute.path().is_ident("elicit"));
    let Some(first) = found.next() else { return Vec::new() };
    for again in found {
        errors.at(again, "has two `#[elicit]` in one place; write one with all the keys");
    }
    keys::parse_beside(contents(first), known, foreign, errors)
}

/// Reports names that are used twice in one type.
pub(crate) fn check_unique<'a>(
    what: &str,
    names: impl Iterator<Item = (&'a str, Span)>,
    errors: &mut Errors,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, span) in names {
        if seen.contains(&name) {
            errors.at_span(span, format!("two {what} are named `{name}`; rename one of them"));
        }
        seen.push(name);
    }
}

/// The value and the span of the key `rename`.
pub(crate) fn renamed(of: &Ident, key: &Key, errors: &mut Errors) -> Option<(String, Span)> {
    let text = key.string(errors)?;
    if text.value().is_empty() {
        errors.at(&text, format!("`{of}` is renamed to nothing; write a name"));
    }
    Some((text.value(), text.span()))
}

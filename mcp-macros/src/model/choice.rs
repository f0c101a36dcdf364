//! One checked enum to select from.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{DataEnum, DeriveInput, Variant};

use super::case::Case;
use super::derived::{self, Named};
use crate::errors::Errors;
use crate::syntax::docs::Docs;

const KEYS: [&str; 3] = ["rename_all", "enum_names", "crate"];
const VARIANT_KEYS: [&str; 2] = ["title", "rename"];

/// An enum to select from.
pub(crate) struct Choice {
    pub(crate) named: Named,
    /// Send titles as `enumNames`.
    pub(crate) enum_names: bool,
    pub(crate) offers: Vec<Offer>,
}

/// A variant to select.
pub(crate) struct Offer {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// Its name in JSON.
    pub(crate) name: String,
    /// Span of the JSON name.
    pub(crate) name_span: Span,
    pub(crate) title: Option<TokenStream>,
}

/// Checks an enum. If anything is reported, the value must not be used.
pub(crate) fn choice(input: &DeriveInput, data: &DataEnum, errors: &mut Errors) -> Choice {
    let mut named = Named { ident: input.ident.clone(), krate: None };
    let mut case = None;
    let mut enum_names = None;
    for key in derived::keys(&input.attrs, &KEYS, &[], errors) {
        match key.text_of_name().as_str() {
            "rename_all" => case = key.string(errors).and_then(|text| Case::read(&text, errors)),
            "enum_names" => {
                enum_names = key.boolean(errors).filter(|is| *is).map(|_| key.name.clone());
            }
            _ => named.krate = key.path(errors),
        }
    }
    if data.variants.is_empty() {
        errors.at(&input.ident, "has no variants, so the user cannot select one; write one");
    }
    let offers: Vec<Offer> =
        data.variants.iter().map(|variant| offer(variant, case, errors)).collect();
    let is_titled = offers.iter().any(|offer| offer.title.is_some());
    if let Some(key) = enum_names.as_ref().filter(|_| !is_titled) {
        errors.at(
            key,
            "`enum_names` is another way to send titles, and no variant has one; write \
             `#[elicit(title = \"…\")]` on a variant",
        );
    }
    let names = offers.iter().map(|offer| (offer.name.as_str(), offer.name_span));
    derived::check_unique("variants", names, errors);
    Choice { named, enum_names: enum_names.is_some(), offers }
}

fn offer(variant: &Variant, case: Option<Case>, errors: &mut Errors) -> Offer {
    let ident = &variant.ident;
    if !variant.fields.is_empty() {
        errors.at(
            &variant.fields,
            format!(
                "`{ident}` has fields, and a user selects only a variant; drop them, or make them \
                 fields of the form"
            ),
        );
    }
    let name = ident.unraw().to_string();
    let mut offer = Offer {
        ident: ident.clone(),
        name: case.map_or_else(|| name.clone(), |case| case.of_variant(&name)),
        name_span: ident.span(),
        title: Docs::title(&variant.attrs),
    };
    for key in derived::keys(&variant.attrs, &VARIANT_KEYS, &[], errors) {
        match key.text_of_name().as_str() {
            "title" => offer.title = key.expr(errors).map(ToTokens::into_token_stream),
            _ => {
                if let Some((name, span)) = derived::renamed(ident, &key, errors) {
                    (offer.name, offer.name_span) = (name, span);
                }
            }
        }
    }
    offer
}

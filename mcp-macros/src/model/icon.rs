//! `icons("…", icon(src = "…", mime_type = "…", sizes("48x48"), theme = "light"))`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

use crate::errors::Errors;
use crate::syntax::keys::{self, Key, Value, string_literal};

const KEYS: [&str; 4] = ["src", "mime_type", "sizes", "theme"];

/// An icon of a component.
pub(crate) struct Icon {
    pub(crate) src: Expr,
    pub(crate) mime_type: Option<LitStr>,
    pub(crate) sizes: Vec<LitStr>,
    /// Variant of the runtime's `IconTheme`.
    pub(crate) theme: Option<Ident>,
}

/// One element of the list.
enum Element {
    Plain(Expr),
    Keyed(Ident, TokenStream),
}

impl Parse for Element {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident) && input.peek2(syn::token::Paren) {
            let name: Ident = input.parse()?;
            let content;
            syn::parenthesized!(content in input);
            return Ok(Self::Keyed(name, content.parse()?));
        }
        Ok(Self::Plain(input.parse()?))
    }
}

/// Reads the icons of the key `icons`.
pub(crate) fn icons(key: &Key, errors: &mut Errors) -> Vec<Icon> {
    let Value::List(list) = &key.value else {
        errors.at(&key.name, "`icons` needs a list; write `icons(\"https://…\")`");
        return Vec::new();
    };
    match Punctuated::<Element, Token![,]>::parse_terminated.parse2(list.stream()) {
        Ok(elements) => elements.into_iter().filter_map(|e| icon(e, errors)).collect(),
        Err(error) => {
            errors.syntax(&error);
            Vec::new()
        }
    }
}

fn icon(element: Element, errors: &mut Errors) -> Option<Icon> {
    let (name, tokens) = match element {
        Element::Plain(src) => {
            return Some(Icon { src, mime_type: None, sizes: Vec::new(), theme: None });
        }
        Element::Keyed(name, tokens) => (name, tokens),
    };
    if name != "icon" {
        errors.at(&name, format!("`{name}` is not an icon; write `icon(src = \"…\")`"));
        return None;
    }
    let (mut src, mut mime_type, mut sizes, mut theme) = (None, None, Vec::new(), None);
    for key in keys::parse(tokens, &KEYS, errors) {
        match key.text_of_name().as_str() {
            "src" => src = key.expr(errors),
            "mime_type" => mime_type = key.string(errors),
            "sizes" => sizes = strings(&key, errors),
            _ => theme = known_theme(&key, errors),
        }
    }
    if src.is_none() {
        errors.at(&name, "the icon has no source; write `icon(src = \"https://…\")`");
    }
    Some(Icon { src: src?, mime_type, sizes, theme })
}

fn known_theme(key: &Key, errors: &mut Errors) -> Option<Ident> {
    let theme = key.string(errors)?;
    match theme.value().as_str() {
        "light" => Some(Ident::new("Light", theme.span())),
        "dark" => Some(Ident::new("Dark", theme.span())),
        _ => {
            errors.at(&theme, "the theme of an icon is \"light\" or \"dark\"; write one of them");
            None
        }
    }
}

fn strings(key: &Key, errors: &mut Errors) -> Vec<LitStr> {
    let mut texts = Vec::new();
    for expr in key.exprs(errors) {
        match string_literal(&expr) {
            Some(text) => texts.push(text),
            None => errors.at(&expr, format!("`{}` takes string literals", key.name)),
        }
    }
    texts
}

impl Icon {
    /// The expression that builds the icon.
    pub(crate) fn tokens(&self, private: &TokenStream) -> TokenStream {
        let Self { src, mime_type, sizes, theme } = self;
        let mime_type = mime_type.as_ref().map(|text| quote!(.mime_type(#text)));
        let theme = theme.as_ref().map(|theme| quote!(.theme(#private::IconTheme::#theme)));
        quote!(#private::Icon::new(#src) #mime_type #(.size(#sizes))* #theme)
    }
}

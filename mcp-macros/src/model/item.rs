//! The part of a component that all kinds have in common.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, LitStr, Path, Visibility};

use super::ask::Ask;
use super::caching;
use super::icon::{self, Icon};
use super::param::{self, Param};
use super::signature::{self, Place};
use crate::errors::Errors;
use crate::syntax::docs::Docs;
use crate::syntax::function::{Function, is_arg, is_ask};
use crate::syntax::keys::{self, Key};
use crate::syntax::kind::Kind;

/// Function, name, description, parameters and result of a component.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) description: TokenStream,
    pub(crate) options: Options,
    pub(crate) params: Vec<Param>,
    /// Parameters with `#[ask]`.
    pub(crate) asks: Vec<Ask>,
    pub(crate) result: TokenStream,
    pub(crate) result_span: Span,
    pub(crate) is_async: bool,
    pub(crate) has_receiver: bool,
}

/// Wire name of a component, and its span.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Keys that every component accepts.
#[derive(Default)]
pub(crate) struct Options {
    name: Option<LitStr>,
    description: Option<Expr>,
    pub(crate) title: Option<Expr>,
    pub(crate) icons: Vec<Icon>,
    pub(crate) meta: Option<(Span, Expr)>,
    /// Scopes that callers have to have.
    pub(crate) scopes: Vec<Expr>,
    /// Key `timeout`, and the time limit in milliseconds; `None` in it for no limit.
    pub(crate) timeout: Option<(Span, Option<u64>)>,
    pub(crate) blocking: bool,
    pub(crate) krate: Option<Path>,
}

impl Options {
    /// Reads a key; returns `false` if it is not one of these.
    pub(crate) fn read(&mut self, key: &Key, function: &Function, errors: &mut Errors) -> bool {
        match key.text_of_name().as_str() {
            "name" => self.name = key.string(errors),
            "title" => self.title = key.expr(errors),
            "description" => self.description = key.expr(errors),
            "icons" => self.icons = icon::icons(key, errors),
            "meta" => self.meta = key.expr(errors).map(|expr| (key.span(), expr)),
            "scopes" => self.scopes = scopes(key, errors),
            "timeout" => {
                let limit = caching::timeout(key, errors);
                self.timeout = limit.map(|limit| (key.span(), limit));
            }
            "blocking" => self.blocking = blocking(key, function, errors),
            "crate" => self.krate = key.path(errors),
            _ => return false,
        }
        true
    }
}

/// Checks the part that all components have in common.
///
/// If anything is reported, the value must not be used.
pub(crate) fn item(
    kind: Kind,
    options: Options,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Item {
    let signature = &function.signature;
    let name = name(&options, &signature.ident);
    let description = description(kind, &options, function, errors);
    signature::check(signature, kind, place, errors);
    stray_attributes(kind, function, errors);
    let (params, asks) = param::params(kind, signature, errors);
    Item {
        kind,
        ident: signature.ident.clone(),
        visibility: function.visibility.clone(),
        attributes: function.attributes.clone(),
        name,
        description,
        options,
        params,
        asks,
        result: signature::result_type(signature),
        result_span: signature::result_span(signature),
        is_async: signature.asyncness.is_some(),
        has_receiver: signature.receiver().is_some(),
    }
}

/// The subject of messages about a function.
pub(crate) fn subject(kind: Kind, function: &Function) -> String {
    format!("{} `{}`", kind.word(), function.signature.ident.unraw())
}

/// The `name` key, or else the name of the function.
pub(crate) fn name(options: &Options, ident: &Ident) -> Name {
    match &options.name {
        Some(text) => Name { text: text.value(), span: text.span() },
        None => Name { text: ident.unraw().to_string(), span: ident.span() },
    }
}

fn scopes(key: &Key, errors: &mut Errors) -> Vec<Expr> {
    let scopes = key.exprs(errors);
    if scopes.is_empty() && matches!(key.value, keys::Value::List(_)) {
        errors.at(
            &key.name,
            "`scopes` names no scope; write `scopes(\"files:read\")`, or leave it out",
        );
    }
    for scope in &scopes {
        let Some(text) = keys::string_literal(scope) else { continue };
        let is_part = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.value().is_empty() || !text.value().bytes().all(is_part) {
            errors.at(
                &text,
                "is no scope; write ASCII letters, digits and punctuation without spaces and quotes, as \
                 in `scopes(\"files:read\", \"files:write\")`",
            );
        }
    }
    scopes
}

fn blocking(key: &Key, function: &Function, errors: &mut Errors) -> bool {
    let blocking = key.boolean(errors).unwrap_or_default();
    if blocking && function.signature.asyncness.is_some() {
        errors.at(
            &key.name,
            "is `async` and `blocking`; drop `async` to run it on a thread that may block",
        );
    }
    blocking
}

fn description(
    kind: Kind,
    options: &Options,
    function: &Function,
    errors: &mut Errors,
) -> TokenStream {
    const NO_DESCRIPTION: &str =
        "has no description; write a doc comment above it, or `description = \"…\"`";
    let blank =
        |expr: &Expr| keys::string_literal(expr).is_some_and(|text| text.value().trim().is_empty());
    let text = match &options.description {
        Some(expr) if blank(expr) => None,
        Some(expr) => Some(expr.to_token_stream()),
        None => Docs::of(&function.attributes).map(|docs| {
            docs.into_required_expr(&format!("{}: {NO_DESCRIPTION}", subject(kind, function)))
        }),
    };
    if text.is_none() {
        errors.at(&function.signature.ident, NO_DESCRIPTION);
    }
    text.unwrap_or_default()
}

fn stray_attributes(kind: Kind, function: &Function, errors: &mut Errors) {
    for attribute in &function.attributes {
        if is_arg(attribute) {
            errors.at(attribute, "`#[arg]` is on the function; put it before a parameter");
        }
        if is_ask(attribute) {
            errors.at(attribute, "`#[ask]` is on the function; put it before a parameter");
        }
        match Kind::of(attribute) {
            Some(again) if again == kind => {
                let message = format!("has two `#[{}]`; write one with all the keys", kind.word());
                errors.at(attribute, message);
            }
            Some(other) => {
                let (kind, other) = (kind.word(), other.word());
                errors.at(attribute, format!("is a {kind} and a {other}; keep one of the two"));
            }
            None => {}
        }
    }
}

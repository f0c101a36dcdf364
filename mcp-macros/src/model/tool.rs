//! One tool, with nothing left to check.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, LitStr, Path, Visibility};

use super::icon::{self, Icon};
use super::param::{self, Param};
use super::signature::{self, Place};
use super::{contract, name};
use crate::errors::Errors;
use crate::syntax::docs;
use crate::syntax::function::{Function, is_arg};
use crate::syntax::keys::{self, Key};

pub(crate) const KEYS: [&str; 16] = [
    "name",
    "title",
    "description",
    "icons",
    "meta",
    "read_only",
    "destructive",
    "idempotent",
    "open_world",
    "open",
    "wide_name",
    "blocking",
    "cancel",
    "input_schema",
    "contract",
    "crate",
];

/// A tool.
pub(crate) struct Tool {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) description: TokenStream,
    pub(crate) options: Options,
    pub(crate) params: Vec<Param>,
    pub(crate) result: TokenStream,
    pub(crate) result_span: Span,
    pub(crate) is_async: bool,
    pub(crate) has_receiver: bool,
}

/// The name of a tool on the wire, and where it was written.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
    pub(crate) is_wide: bool,
}

/// What the keys of `#[tool(…)]` say, as far as it is passed on.
#[derive(Default)]
pub(crate) struct Options {
    name: Option<LitStr>,
    description: Option<Expr>,
    wide_name: bool,
    pub(crate) title: Option<Expr>,
    pub(crate) icons: Vec<Icon>,
    pub(crate) meta: Option<(Span, Expr)>,
    /// `read_only`, `destructive`, `idempotent` and `open_world`, as written.
    pub(crate) hints: Vec<(Ident, bool)>,
    pub(crate) open: bool,
    pub(crate) blocking: bool,
    pub(crate) cooperative: bool,
    pub(crate) input_schema: Option<(Span, Expr)>,
    pub(crate) contract: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

/// Checks a tool; anything reported means that the value must not be used.
pub(crate) fn tool(
    keys: TokenStream,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Option<Tool> {
    let signature = &function.signature;
    let options = options(keys, signature.asyncness.is_some(), errors);
    let name = tool_name(&options, &signature.ident, errors);
    let description = description(&options, function, errors);
    signature::check(signature, place, errors);
    stray_attributes(function, errors);
    let lifetimes = signature::lifetimes(signature);
    let params = param::params(signature::inputs(signature), &lifetimes, errors);
    if let Some(contract) = &options.contract {
        contract::check(contract, &params, errors);
    }
    Some(Tool {
        ident: signature.ident.clone(),
        visibility: function.visibility.clone(),
        attributes: function.attributes.clone(),
        name,
        description: description?,
        options,
        params,
        result: signature::result_type(signature),
        result_span: signature::result_span(signature),
        is_async: signature.asyncness.is_some(),
        has_receiver: signature.receiver().is_some(),
    })
}

/// The subject of messages about a function.
pub(crate) fn subject(function: &Function) -> String {
    format!("tool `{}`", function.signature.ident.unraw())
}

fn options(tokens: TokenStream, is_async: bool, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for key in keys::parse(tokens, &KEYS, errors) {
        options.read(&key, is_async, errors);
    }
    read_only_or_destructive(&options.hints, errors);
    options
}

impl Options {
    fn read(&mut self, key: &Key, is_async: bool, errors: &mut Errors) {
        let on = |errors: &mut Errors| key.boolean(errors).unwrap_or_default();
        let spanned = |expr| (key.span(), expr);
        match key.text_of_name().as_str() {
            "name" => self.name = key.string(errors),
            "title" => self.title = key.expr(errors),
            "description" => self.description = key.expr(errors),
            "icons" => self.icons = icon::icons(key, errors),
            "meta" => self.meta = key.expr(errors).map(spanned),
            "open" => self.open = on(errors),
            "wide_name" => self.wide_name = on(errors),
            "blocking" => self.blocking = blocking(key, is_async, errors),
            "cancel" => self.cooperative = cooperative(key, errors),
            "input_schema" => self.input_schema = key.expr(errors).map(spanned),
            "contract" => self.contract = key.string(errors),
            "crate" => self.krate = key.path(errors),
            _ => self.hints.extend(key.boolean(errors).map(|is| (key.name.clone(), is))),
        }
    }
}

fn blocking(key: &Key, is_async: bool, errors: &mut Errors) -> bool {
    let blocking = key.boolean(errors).unwrap_or_default();
    if blocking && is_async {
        errors.at(
            &key.name,
            "is `async` and `blocking`; drop `async` to run it on a thread that may block",
        );
    }
    blocking
}

fn cooperative(key: &Key, errors: &mut Errors) -> bool {
    let Some(text) = key.string(errors) else { return false };
    if text.value() != "cooperative" {
        errors.at(&text, "`cancel` takes \"cooperative\"; leave it out to be dropped on a cancel");
    }
    true
}

fn read_only_or_destructive(hints: &[(Ident, bool)], errors: &mut Errors) {
    let says = |name: &str| hints.iter().find(|(hint, is)| *is && hint == name);
    if let (Some(_), Some((destructive, _))) = (says("read_only"), says("destructive")) {
        errors.at(destructive, "is `read_only` and `destructive`; keep one of the two");
    }
}

fn tool_name(options: &Options, ident: &Ident, errors: &mut Errors) -> Name {
    let (text, span) = match &options.name {
        Some(text) => (text.value(), text.span()),
        None => (ident.unraw().to_string(), ident.span()),
    };
    if let Some(fault) = name::tool_fault(&text, options.wide_name) {
        errors.at_span(span, fault);
    }
    let is_wide = options.wide_name && name::needs_wide(&text);
    Name { text, span, is_wide }
}

fn description(options: &Options, function: &Function, errors: &mut Errors) -> Option<TokenStream> {
    let blank =
        |expr: &Expr| keys::string_literal(expr).is_some_and(|text| text.value().trim().is_empty());
    let text = match &options.description {
        Some(expr) if blank(expr) => None,
        Some(expr) => Some(expr.to_token_stream()),
        None => docs::text(&function.attributes),
    };
    if text.is_none() {
        errors.at(
            &function.signature.ident,
            "has no description; write a doc comment above it, or `description = \"…\"`",
        );
    }
    text
}

fn stray_attributes(function: &Function, errors: &mut Errors) {
    for attribute in function.attributes.iter().filter(|attribute| is_arg(attribute)) {
        errors.at(attribute, "`#[arg]` is on the function; put it before a parameter");
    }
}

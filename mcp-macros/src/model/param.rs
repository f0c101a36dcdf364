//! One parameter of a component: an argument or an injected value, which only types can tell.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, Pat, PatType, Type};

use super::rules::{self, Rules};
use super::types;
use crate::errors::Errors;
use crate::syntax::docs;
use crate::syntax::function::{contents, is_arg};
use crate::syntax::keys::{self, Key};

const KEYS: [&str; 11] = [
    "default",
    "min",
    "max",
    "min_len",
    "max_len",
    "pattern",
    "examples",
    "header",
    "rename",
    "description",
    "complete",
];

/// A parameter of a component's function.
pub(crate) struct Param {
    /// Its name in Rust.
    pub(crate) ident: Ident,
    /// Its name in JSON, should it be an argument.
    pub(crate) name: String,
    /// Where the JSON name was written.
    pub(crate) name_span: Span,
    /// The type as written, for rules that look at names.
    pub(crate) ty: Type,
    /// The type with declared lifetimes elided, for generated code.
    pub(crate) elided: TokenStream,
    pub(crate) description: Option<TokenStream>,
    pub(crate) rules: Rules,
}

/// The parameters that follow the receiver.
pub(crate) fn params<'a>(
    inputs: impl Iterator<Item = &'a FnArg>,
    lifetimes: &[Ident],
    errors: &mut Errors,
) -> Vec<Param> {
    let mut params = Vec::new();
    for input in inputs {
        if let FnArg::Typed(input) = input {
            params.extend(param(input, lifetimes, errors));
        }
    }
    unique_names(&params, errors);
    unique_headers(&params, errors);
    params
}

fn param(input: &PatType, lifetimes: &[Ident], errors: &mut Errors) -> Option<Param> {
    let ident = ident(&input.pat, errors);
    concrete(&input.ty, errors);
    uncfged(&input.attrs, errors);
    let keys = arg_keys(&input.attrs, errors);
    let ident = ident?;
    let mut name = ident.unraw().to_string();
    let mut name_span = ident.span();
    let mut description = docs::text(&input.attrs);
    let mut limits = Vec::new();
    for key in keys {
        match key.text_of_name().as_str() {
            "rename" => {
                if let Some(text) = key.string(errors) {
                    (name, name_span) = (text.value(), text.span());
                }
            }
            "description" => description = key.expr(errors).map(quote::ToTokens::into_token_stream),
            "complete" => errors.at(
                &key.name,
                format!(
                    "`{name}`: `complete` is for prompts and resources; clients cannot ask to \
                         complete the argument of a tool"
                ),
            ),
            _ => limits.push(key),
        }
    }
    if name.is_empty() {
        errors.at_span(name_span, format!("`{ident}` is renamed to nothing; write a name"));
    }
    let rules = rules::rules(&ident, &input.ty, &limits, errors);
    let elided = types::elided(&input.ty, lifetimes);
    Some(Param { ident, name, name_span, ty: (*input.ty).clone(), elided, description, rules })
}

/// The name of a parameter; patterns have none.
fn ident(pattern: &Pat, errors: &mut Errors) -> Option<Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name.ident.clone())
        }
        Pat::Ident(name) => {
            let ident = &name.ident;
            errors.at(pattern, format!("takes a parameter by a pattern; write `{ident}` alone"));
            None
        }
        Pat::Wild(_) => {
            errors.at(pattern, "has a parameter without a name; give it one, such as `_cx`");
            None
        }
        _ => {
            errors.at(
                pattern,
                "takes a parameter apart with a pattern, so it has no name; name the parameter \
                 and take it apart in the body",
            );
            None
        }
    }
}

fn concrete(ty: &Type, errors: &mut Errors) {
    if let Some(keyword) = types::impl_keyword(ty) {
        errors.at(keyword, "takes an `impl Trait`, for which there is no schema; write a type");
    }
}

fn uncfged(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.at(
                attribute,
                "a parameter cannot depend on `cfg`; put it on the whole function instead",
            );
        }
    }
}

fn arg_keys(attributes: &[Attribute], errors: &mut Errors) -> Vec<Key> {
    let mut found = attributes.iter().filter(|attribute| is_arg(attribute));
    let Some(first) = found.next() else { return Vec::new() };
    for again in found {
        errors.at(again, "a parameter has two `#[arg]`; write one with all the keys");
    }
    keys::parse(contents(first), &KEYS, errors)
}

fn unique_names(params: &[Param], errors: &mut Errors) {
    for (index, param) in params.iter().enumerate() {
        if params[..index].iter().any(|other| other.name == param.name) {
            let name = &param.name;
            errors.at_span(
                param.name_span,
                format!("two parameters are named `{name}`; rename one of them"),
            );
        }
    }
}

fn unique_headers(params: &[Param], errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for (_, header) in params.iter().filter_map(|param| param.rules.header.as_ref()) {
        let lower = header.value().to_ascii_lowercase();
        if seen.contains(&lower) {
            let header_name = header.value();
            errors.at(
                header,
                format!("two arguments have the header `{header_name}`; rename one of them"),
            );
        }
        seen.push(lower);
    }
}

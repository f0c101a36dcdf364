//! One parameter of a component.
//!
//! It is an argument or an injected value, depending on its type, or a question to the user if it
//! has `#[ask]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Pat, PatType, Path, Signature, Type};

use super::ask::{self, Ask};
use super::rules::{self, Rules};
use super::signature;
use super::types::{self, JsonType};
use crate::errors::Errors;
use crate::syntax::docs::Docs;
use crate::syntax::function::{contents, is_arg};
use crate::syntax::keys::{self, Key};
use crate::syntax::kind::Kind;

/// Keys of `#[arg]` on a tool. The last one has an error message of its own.
const KEYS: [&str; 12] = [
    "default",
    "min",
    "max",
    "min_len",
    "max_len",
    "pattern",
    "examples",
    "header",
    "secret",
    "rename",
    "description",
    "complete",
];
/// Keys of `#[arg]` on a resource.
const VARIABLE_KEYS: [&str; 5] = ["complete", "fuzzy", "default", "description", "rename"];
/// Keys of `#[arg]` on a prompt.
const PROMPT_KEYS: [&str; 6] = ["complete", "fuzzy", "default", "description", "rename", "title"];
/// Keys that only completers have, which tools do not have.
const COMPLETER_KEYS: [&str; 1] = ["fuzzy"];

/// A parameter of a component's function.
pub(crate) struct Param {
    /// Its name in Rust; a generated one for a pattern.
    pub(crate) ident: Ident,
    /// Its name in JSON, if it is an argument. Empty for a pattern without a `rename`, which only an
    /// injected value can have.
    pub(crate) name: String,
    /// Span of the JSON name.
    pub(crate) name_span: Span,
    /// Type as written, for rules that look at names.
    pub(crate) ty: Type,
    /// Type with declared lifetimes elided, for generated code.
    pub(crate) elided: TokenStream,
    /// Display name of a prompt argument.
    pub(crate) title: Option<Expr>,
    pub(crate) description: Option<TokenStream>,
    pub(crate) rules: Rules,
    pub(crate) completer: Option<Completer>,
    /// The parameter has `#[arg]` or a doc comment, so it must be an argument.
    pub(crate) is_described: bool,
}

/// The function that completes an argument.
pub(crate) struct Completer {
    /// Span of the key `complete`.
    pub(crate) span: Span,
    pub(crate) path: Path,
    /// The function chooses the values to suggest, also those that do not start with the input.
    pub(crate) is_fuzzy: bool,
}

/// Reads the parameters after the receiver, and separates those with `#[ask]`.
pub(crate) fn params(
    kind: Kind,
    signature: &Signature,
    errors: &mut Errors,
) -> (Vec<Param>, Vec<Ask>) {
    let lifetimes = signature::lifetimes(signature);
    let (mut params, mut asks) = (Vec::new(), Vec::new());
    for (position, input) in signature::inputs(signature).enumerate() {
        match ask::attribute(input) {
            Some(attribute) => {
                asks.extend(ask::ask(signature, position, input, attribute, &lifetimes, errors));
            }
            None => params.push(param(kind, position, input, &lifetimes, errors)),
        }
    }
    unique_names(&params, errors);
    unique_headers(&params, errors);
    (params, asks)
}

fn param(
    kind: Kind,
    position: usize,
    input: &PatType,
    lifetimes: &[Ident],
    errors: &mut Errors,
) -> Param {
    reject_impl_trait(&input.ty, kind, errors);
    reject_cfg(&input.attrs, errors);
    let keys = arg_keys(kind, &input.attrs, errors);
    let given = named(&input.pat);
    let ident = given.cloned().unwrap_or_else(|| generated(position, &input.pat));
    let mut name = given.map(|ident| ident.unraw().to_string()).unwrap_or_default();
    let mut name_span = ident.span();
    let is_renamed = keys.iter().any(|key| key.name == "rename");
    let mut description = Docs::of(&input.attrs).map(Docs::into_expr);
    let completer = completer(kind, &name, &keys, errors);
    let mut title = None;
    let mut limits = Vec::new();
    for key in keys {
        match key.text_of_name().as_str() {
            "rename" => {
                if let Some(text) = key.string(errors) {
                    (name, name_span) = (text.value(), text.span());
                }
            }
            "title" => title = key.expr(errors),
            "description" => description = key.expr(errors).map(quote::ToTokens::into_token_stream),
            "complete" | "fuzzy" => {}
            limit if kind != Kind::Tool && limit != "default" => {
                reject_limit(&name, limit, &key, errors);
            }
            _ => limits.push(key),
        }
    }
    if name.is_empty() && is_renamed {
        let of = given.map_or_else(|| "a parameter".to_owned(), |ident| format!("`{ident}`"));
        errors.at_span(name_span, format!("{of} is renamed to nothing; write a name"));
    } else if name.is_empty() {
        require_name(input, errors);
    }
    let rules = rules::rules(&ident, &input.ty, &limits, errors);
    let elided = types::elided(&input.ty, lifetimes);
    let ty = (*input.ty).clone();
    let is_described = description.is_some() || input.attrs.iter().any(is_arg);
    Param { ident, name, name_span, ty, elided, title, description, rules, completer, is_described }
}

/// Reports a pattern whose type or attribute shows that it is an argument. The compiler checks that
/// other types are injected.
fn require_name(input: &PatType, errors: &mut Errors) {
    let is_argument = JsonType::of(&input.ty).is_some()
        || types::is_option(&input.ty)
        || input.attrs.iter().any(is_arg);
    if !is_argument {
        return;
    }
    let message = match *input.pat {
        Pat::Wild(_) => {
            "has an argument without a name; name it, or write `#[arg(rename = \"…\")]` before it"
        }
        _ => {
            "destructures an argument, which then has no name; name the parameter and destructure it \
             in the body, or write `#[arg(rename = \"…\")]` before it"
        }
    };
    errors.at(&input.pat, message);
}

fn completer(kind: Kind, name: &str, keys: &[Key], errors: &mut Errors) -> Option<Completer> {
    let given = |wanted| keys.iter().find(|key| key.name == wanted);
    let (complete, fuzzy) = (given("complete"), given("fuzzy"));
    if let Some(key) = complete.or(fuzzy).filter(|_| kind == Kind::Tool) {
        let message = format!(
            "`{name}`: `{}` is for prompts and resources; the protocol has no completion for \
             arguments of tools",
            key.name
        );
        errors.at(&key.name, message);
        return None;
    }
    let is_fuzzy = fuzzy.and_then(|key| key.boolean(errors)).unwrap_or_default();
    match (complete, fuzzy) {
        (Some(key), _) => {
            key.path(errors).map(|path| Completer { span: key.span(), path, is_fuzzy })
        }
        (None, Some(key)) => {
            errors.at(&key.name, "`fuzzy` is about a completer; write `complete = …` beside it");
            None
        }
        (None, None) => None,
    }
}

/// Reports a key that needs an input schema, which only tools have.
fn reject_limit(name: &str, limit: &str, key: &Key, errors: &mut Errors) {
    errors.at(
        &key.name,
        format!(
            "`{name}`: `{limit}` is for arguments of tools; take a type that keeps it, or check in \
             the body"
        ),
    );
}

/// The name that a pattern binds the whole parameter to.
pub(crate) fn named(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(name) => Some(&name.ident),
        _ => None,
    }
}

/// A name for a parameter that has none.
pub(crate) fn generated(position: usize, pattern: &Pat) -> Ident {
    format_ident!("mcp_unnamed_{position}", span = pattern.span())
}

fn reject_impl_trait(ty: &Type, kind: Kind, errors: &mut Errors) {
    let Some(keyword) = types::impl_keyword(ty) else { return };
    let why = match kind {
        Kind::Tool => "for which there is no schema",
        Kind::Resource | Kind::Prompt => "which cannot be parsed from a string",
    };
    errors.at(keyword, format!("takes an `impl Trait`, {why}; write a type"));
}

pub(crate) fn reject_cfg(attributes: &[Attribute], errors: &mut Errors) {
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.at(
                attribute,
                "a parameter cannot depend on `cfg`; put it on the whole function instead",
            );
        }
    }
}

fn arg_keys(kind: Kind, attributes: &[Attribute], errors: &mut Errors) -> Vec<Key> {
    let mut found = attributes.iter().filter(|attribute| is_arg(attribute));
    let Some(first) = found.next() else { return Vec::new() };
    for again in found {
        errors.at(again, "a parameter has two `#[arg]`; write one with all the keys");
    }
    match kind {
        Kind::Tool => keys::parse_beside(contents(first), &KEYS, &COMPLETER_KEYS, errors),
        Kind::Resource => keys::parse_beside(contents(first), &VARIABLE_KEYS, &KEYS, errors),
        Kind::Prompt => keys::parse_beside(contents(first), &PROMPT_KEYS, &KEYS, errors),
    }
}

fn unique_names(params: &[Param], errors: &mut Errors) {
    for (index, param) in params.iter().enumerate() {
        let is_same = |other: &Param| !other.name.is_empty() && other.name == param.name;
        if params[..index].iter().any(is_same) {
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

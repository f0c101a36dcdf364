//! One checked resource or resource template.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Expr, LitStr, Path};

use super::annotations::{self, Annotations};
use super::item::{self, Item};
use super::signature::Place;
use super::uri::{self, Uri};
use super::{caching, uri_params};
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::keys::{self, Key};
use crate::syntax::kind::Kind;

pub(crate) const KEYS: [&str; 15] = [
    "name",
    "title",
    "description",
    "mime_type",
    "size",
    "icons",
    "annotations",
    "meta",
    "scopes",
    "timeout",
    "ttl",
    "scope",
    "list",
    "blocking",
    "crate",
];

/// A resource or a resource template.
pub(crate) struct Resource {
    pub(crate) item: Item,
    pub(crate) uri: Uri,
    pub(crate) options: Options,
}

/// Keys that only `#[resource(…)]` has.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) mime_type: Option<Expr>,
    pub(crate) size: Option<(Span, Expr)>,
    pub(crate) annotations: Annotations,
    /// Cache duration of the contents, in milliseconds.
    pub(crate) ttl: Option<u64>,
    /// `true` if caches must not share the contents between users.
    pub(crate) private: Option<bool>,
    /// Span of the key `list`, and the function that lists the resources of the template.
    pub(crate) list: Option<(Span, Path)>,
}

/// Checks a resource. If anything is reported, the value must not be used.
pub(crate) fn resource(
    tokens: TokenStream,
    function: &Function,
    place: Place,
    errors: &mut Errors,
) -> Resource {
    let mut common = item::Options::default();
    let mut options = Options::default();
    let (uri, tokens) = uri::leading(tokens, function, errors);
    for key in keys::parse_beside(tokens, &KEYS, &uri::MISTAKEN_KEYS, errors) {
        if !common.read(&key, function, errors) {
            options.read(&key, &uri, errors);
        }
    }
    check_name(&common, function, errors);
    let item = item::item(Kind::Resource, common, function, place, errors);
    uri_params::check(&uri, &item.params, errors);
    Resource { item, uri, options }
}

impl Options {
    fn read(&mut self, key: &Key, uri: &Uri, errors: &mut Errors) {
        match key.text_of_name().as_str() {
            "mime_type" => self.mime_type = mime_type(key, errors),
            "size" => self.size = size(key, uri, errors),
            "annotations" => self.annotations = annotations::annotations(key, errors),
            "ttl" => self.ttl = caching::duration(key, errors),
            "scope" => self.private = caching::private(key, errors),
            "list" => self.list = list(key, uri, errors),
            _ => uri::given_as_key(key, errors),
        }
    }
}

fn mime_type(key: &Key, errors: &mut Errors) -> Option<Expr> {
    let expr = key.expr(errors)?;
    if let Some(text) = keys::string_literal(&expr)
        && !is_media_type(&text.value())
    {
        let value = text.value();
        errors
            .at(&text, format!("{value:?} is not a media type; write one such as \"text/plain\""));
    }
    Some(expr)
}

/// Returns `true` if a text starts with a media type. The parameters after it are not checked.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    essence.split_once('/').is_some_and(|(kind, subtype)| {
        super::name::is_token(kind) && super::name::is_token(subtype)
    })
}

fn size(key: &Key, uri: &Uri, errors: &mut Errors) -> Option<(Span, Expr)> {
    if uri.is_template() {
        errors.at(&key.name, "is a template, and its resources have no common `size`; remove it");
    }
    key.expr(errors).map(|expr| (key.span(), expr))
}

fn list(key: &Key, uri: &Uri, errors: &mut Errors) -> Option<(Span, Path)> {
    if !uri.is_template() {
        errors.at(
            &key.name,
            "is one resource, which is listed as it is; remove `list`, which is for templates",
        );
    }
    key.path(errors).map(|path| (key.span(), path))
}

fn check_name(common: &item::Options, function: &Function, errors: &mut Errors) {
    let name = item::name(common, &function.signature.ident);
    if name.text.trim().is_empty() {
        let ident = function.signature.ident.unraw();
        errors.at_span(name.span, format!("its name is empty; write one, such as \"{ident}\""));
    }
}

/// The URI at the start of an attribute, for rules that compare several resources.
pub(crate) fn uri_of(tokens: TokenStream) -> Option<LitStr> {
    keys::leading_text(tokens).0
}

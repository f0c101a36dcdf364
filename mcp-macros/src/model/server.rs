//! One checked server: an `impl` block or a module, with its components.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, Path, Type};

use super::component::{self, Component};
use super::signature::Place;
use super::unique::{self, Identity};
use super::{item, name};
use crate::errors::Errors;
use crate::syntax::function::{Function, contents};
use crate::syntax::keys::{self, Key};
use crate::syntax::server_impl::{self, ServerImpl};
use crate::syntax::server_mod::{self, ServerMod};

const KEYS: [&str; 5] = ["name", "version", "title", "instructions", "crate"];

/// Keys of `#[server(…)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Expr>,
    pub(crate) version: Option<Expr>,
    pub(crate) title: Option<Expr>,
    pub(crate) instructions: Option<Expr>,
    pub(crate) krate: Option<Path>,
}

/// Reads the keys of `#[server(…)]`.
pub(crate) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for key in keys::parse(tokens, &KEYS, errors) {
        options.read(&key, errors);
    }
    options
}

impl Options {
    fn read(&mut self, key: &Key, errors: &mut Errors) {
        match key.text_of_name().as_str() {
            "name" => self.name = key.expr(errors),
            "version" => self.version = key.expr(errors),
            "title" => self.title = key.expr(errors),
            "instructions" => self.instructions = key.expr(errors),
            _ => self.krate = key.path(errors),
        }
    }
}

/// The subject of messages about an `impl` block.
pub(crate) fn subject_of_impl(block: &ServerImpl) -> String {
    format!("server `{}`", type_name(&block.self_type).unwrap_or_else(|| "?".to_owned()))
}

/// Name of a server without a `name` key.
pub(crate) fn default_name(of: &str) -> String {
    name::kebab(of.trim_start_matches("r#"))
}

/// Last segment of a type's path.
pub(crate) fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Group(group) => type_name(&group.elem),
        _ => None,
    }
}

/// Checks the components of an `impl` block.
pub(crate) fn components_of_impl(block: &ServerImpl, errors: &mut Errors) -> Vec<Component> {
    check_inherent(block, errors);
    let mut components = Vec::new();
    let mut found = false;
    for item in &block.items {
        if let server_impl::Item::Function(function) = item {
            found |= reject_conditional(function, errors);
            components.extend(method(function, errors));
        }
    }
    found |= !components.is_empty();
    require_component(found, block.self_type.to_token_stream(), "method", errors);
    unique::check(components.iter().filter_map(Identity::of), errors);
    components
}

fn check_inherent(block: &ServerImpl, errors: &mut Errors) {
    if let Some(path) = &block.of_trait {
        errors
            .at(path, "is the `impl` of a trait; put `#[server]` on an `impl` of the type itself");
    }
    for lifetime in block.generics.lifetimes() {
        errors.at(
            lifetime,
            "borrows, but a server outlives every borrow; own the data or share it in an `Arc`",
        );
    }
}

fn method(function: &Function, errors: &mut Errors) -> Option<Component> {
    let mut function = function.clone();
    let (kind, attribute) = function.take_component()?;
    let mut component_errors = Errors::about(item::subject(kind, &function));
    let keys = contents(&attribute);
    let component =
        component::component(kind, keys, &function, Place::Server, &mut component_errors);
    if let Some(path) = &component.item().options.krate {
        component_errors.at(path, "`crate` is for the server; write it in `#[server(crate = …)]`");
    }
    errors.absorb(component_errors);
    Some(component)
}

/// Reports `#[cfg_attr(…, tool)]` on a function. Returns `true` if it has one.
fn reject_conditional(function: &Function, errors: &mut Errors) -> bool {
    let Some((kind, attribute)) = function.conditional_component() else { return false };
    let word = kind.word();
    let mut function_errors = Errors::about(item::subject(kind, function));
    function_errors.at(
        attribute,
        format!(
            "`#[server]` cannot see `{word}` in a `cfg_attr`, which is resolved later; write \
             `#[{word}]`, and `#[cfg(…)]` if the whole function depends on a condition"
        ),
    );
    errors.absorb(function_errors);
    true
}

fn require_component(found: bool, at: TokenStream, what: &str, errors: &mut Errors) {
    if !found {
        let message = format!(
            "has no component; write `#[tool]`, `#[resource(\"…\")]` or `#[prompt]` above each \
             {what} that clients may use"
        );
        errors.at(at, message);
    }
}

/// A function of a module with a component attribute.
pub(crate) struct AnnotatedFunction {
    pub(crate) ident: Ident,
    /// All attributes of the function, `#[cfg]` among them.
    pub(crate) attributes: Vec<Attribute>,
}

/// Lists the components of a module. Each is checked by its own attribute.
pub(crate) fn components_of_mod(module: &ServerMod, errors: &mut Errors) -> Vec<AnnotatedFunction> {
    let mut components = Vec::new();
    let mut identities = Vec::new();
    let mut found = false;
    for item in &module.items {
        let server_mod::Item::Function(function) = item else { continue };
        found |= reject_conditional(function, errors);
        if let Some((kind, attribute)) = function.component() {
            identities.extend(Identity::of_function(kind, attribute, function));
            let ident = function.signature.ident.clone();
            components.push(AnnotatedFunction { ident, attributes: function.attributes.clone() });
        }
    }
    found |= !components.is_empty();
    require_component(found, module.ident.to_token_stream(), "function", errors);
    unique::check(identities.into_iter(), errors);
    components
}

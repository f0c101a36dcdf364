//! Turns a checked item into code. Nothing here can fail.

mod ask;
mod client;
mod component;
mod derived;
mod fallback;
mod limits;
mod paths;
mod prompt;
mod resource;
mod server_impl;
mod server_mod;
mod string_argument;
mod tool;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, DeriveInput};

use crate::errors::Errors;
use crate::model::signature::Place;
use crate::model::{
    client as client_model, component as component_model, derived as derived_model, item,
    server as server_model, surroundings,
};
use crate::syntax::client_trait::ClientTrait;
use crate::syntax::function::{self, Function};
use crate::syntax::kind::Kind;
use crate::syntax::server_impl::ServerImpl;
use crate::syntax::server_mod::ServerMod;

/// `#[tool]`, `#[resource]`, `#[prompt]`: the function, and a component of the same name.
pub(crate) fn component(kind: Kind, keys: TokenStream, item: TokenStream) -> TokenStream {
    let (tokens, errors) = component_or_fallback(kind, keys, item);
    with_errors(tokens, errors)
}

/// `#[server]`: the block or the module, and a server with its components.
pub(crate) fn server(keys: TokenStream, item: TokenStream) -> TokenStream {
    let (tokens, errors) = server_or_fallback(keys, item);
    with_errors(tokens, errors)
}

/// `#[client]`: the trait, and a client that calls its tools.
pub(crate) fn client(keys: TokenStream, item: TokenStream) -> TokenStream {
    let (tokens, errors) = client_or_fallback(keys, item);
    with_errors(tokens, errors)
}

/// `#[derive(Elicit)]`: the implementations of a form or an enum.
pub(crate) fn elicit(item: TokenStream) -> TokenStream {
    let (tokens, errors) = elicit_or_fallback(item);
    with_errors(tokens, errors)
}

fn with_errors(mut tokens: TokenStream, errors: Errors) -> TokenStream {
    tokens.extend(errors.into_tokens());
    tokens
}

/// Expands `#[tool]`, `#[resource]` or `#[prompt]`; returns the output and the mistakes.
pub(crate) fn component_or_fallback(
    kind: Kind,
    keys: TokenStream,
    item: TokenStream,
) -> (TokenStream, Errors) {
    let function = match read::<Function>(&item, kind.word(), &["fn"], "a function") {
        Ok(function) => function,
        Err(errors) => return (item, errors),
    };
    let mut errors = Errors::about(item::subject(kind, &function));
    if surroundings::reject_namesake(kind, &function, &mut errors) {
        return (function.without_ours().to_token_stream(), errors);
    }
    let component = component_model::component(kind, keys, &function, Place::Module, &mut errors);
    let tokens = if errors.any() {
        let krate = component.item().options.krate.as_ref();
        fallback::component(kind, &function, krate)
    } else {
        component::expand(&component, &function)
    };
    (tokens, errors)
}

/// Expands `#[server]`; returns the output and the mistakes.
pub(crate) fn server_or_fallback(keys: TokenStream, item: TokenStream) -> (TokenStream, Errors) {
    let is_mod = function::kind(&item).is_some_and(|kind| kind == "mod");
    if is_mod {
        return match read::<ServerMod>(&item, "server", &["mod"], "a module") {
            Ok(module) => of_mod(keys, &module),
            Err(errors) => (item, errors),
        };
    }
    match read::<ServerImpl>(&item, "server", &["impl"], "an `impl` block or a module") {
        Ok(block) => of_impl(keys, &block, &item),
        Err(errors) => (item, errors),
    }
}

/// Expands `#[client]`; returns the output and the mistakes.
pub(crate) fn client_or_fallback(keys: TokenStream, item: TokenStream) -> (TokenStream, Errors) {
    let item = match read::<ClientTrait>(&item, "client", &["trait"], "a trait") {
        Ok(item) => item,
        Err(errors) => return (item, errors),
    };
    let mut errors = Errors::about(client_model::subject(&item));
    let options = client_model::options(keys, &mut errors);
    let methods = client_model::methods(&item, &mut errors);
    let tokens = if errors.any() {
        client::fallback(&item, options.krate.as_ref())
    } else {
        client::expand(&options, &methods, &item)
    };
    (tokens, errors)
}

/// Expands `#[derive(Elicit)]`; returns the output and the mistakes.
pub(crate) fn elicit_or_fallback(item: TokenStream) -> (TokenStream, Errors) {
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => {
            let mut errors = Errors::about("`#[derive(Elicit)]`");
            errors.syntax(&error);
            return (TokenStream::new(), errors);
        }
    };
    let mut errors = Errors::about(derived_model::subject(&input));
    let derived = derived_model::derived(&input, &mut errors);
    let tokens = match derived {
        Some(derived) if !errors.any() => derived::expand(&derived),
        _ => derived::fallback(&input),
    };
    (tokens, errors)
}

fn of_impl(keys: TokenStream, block: &ServerImpl, item: &TokenStream) -> (TokenStream, Errors) {
    let mut errors = Errors::about(server_model::subject_of_impl(block));
    if surroundings::reject_second_block(item, &mut errors) {
        return (block.without_ours().to_token_stream(), errors);
    }
    let options = server_model::options(keys, &mut errors);
    let components = server_model::components_of_impl(block, &mut errors);
    let tokens = if errors.any() {
        fallback::server_impl(block, options.krate.as_ref())
    } else {
        server_impl::expand(&options, &components, block)
    };
    (tokens, errors)
}

fn of_mod(keys: TokenStream, module: &ServerMod) -> (TokenStream, Errors) {
    let mut errors = Errors::about(format!("server `{}`", module.ident));
    let options = server_model::options(keys, &mut errors);
    let components = server_model::components_of_mod(module, &mut errors);
    let tokens = if errors.any() {
        fallback::server_mod(module, options.krate.as_ref())
    } else {
        server_mod::expand(&options, &components, module)
    };
    (tokens, errors)
}

/// Parses an item, or reports that the attribute is on the wrong kind of item.
fn read<T: syn::parse::Parse>(
    item: &TokenStream,
    attribute: &str,
    kinds: &[&str],
    wanted: &str,
) -> Result<T, Errors> {
    let mut errors = Errors::about(format!("`#[{attribute}]`"));
    match function::kind(item) {
        Some(kind) if kinds.iter().any(|known| kind == known) => match syn::parse2(item.clone()) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => errors.syntax(&error),
        },
        Some(kind) => {
            let article = if kind == "impl" || kind == "enum" { "an" } else { "a" };
            errors.at(&kind, format!("is on {article} `{kind}`; put it on {wanted}"));
        }
        None => errors.at(item, format!("is on something else; put it on {wanted}")),
    }
    Err(errors)
}

/// Span of generated code: the call site, with hygienic local variables.
fn here() -> Span {
    Span::mixed_site()
}

/// Attributes of an item that its generated companions repeat: conditions, lint levels and
/// deprecation.
fn carried(attributes: &[Attribute]) -> Vec<&Attribute> {
    const CARRIED: [&str; 4] = ["cfg", "allow", "warn", "deprecated"];
    attributes
        .iter()
        .filter(|attribute| CARRIED.iter().any(|name| attribute.path().is_ident(name)))
        .collect()
}

/// The `#[cfg]` attributes of an item.
fn conditions(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect()
}

/// Lint attributes for generated code that names the function: its own `allow`s, and `deprecated`
/// if it is deprecated.
fn allowances(attributes: &[Attribute]) -> TokenStream {
    let is = |attribute: &Attribute, name| attribute.path().is_ident(name);
    let allowed = attributes.iter().filter(|attribute| is(attribute, "allow"));
    let deprecated = attributes.iter().any(|attribute| is(attribute, "deprecated"));
    let deprecated = deprecated.then(|| quote!(#[allow(deprecated)]));
    quote!(#(#allowed)* #deprecated)
}

/// A struct with the name of the function. Types and functions have separate namespaces, so both
/// can exist.
fn companion(
    kind: Kind,
    ident: &Ident,
    visibility: &syn::Visibility,
    attributes: &[Attribute],
) -> TokenStream {
    let carried = carried(attributes);
    let doc = format!("The {} `{ident}`; pass it to `Server::with`.", kind.word());
    // Errors about the struct, such as that it is private, point at the name of the function.
    let declared = component::at(ident.span(), |here| quote_spanned!(here=> struct #ident {}));
    quote! {
        #(#carried)*
        #[doc = #doc]
        #[allow(non_camel_case_types)]
        #visibility #declared
    }
}

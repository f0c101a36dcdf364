//! One checked client trait, with its methods.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{GenericParam, Path};

use super::method::{self, Method};
use crate::errors::Errors;
use crate::syntax::client_trait::{ClientTrait, Item};
use crate::syntax::function::{is_arg, is_ask};
use crate::syntax::keys;

const KEYS: [&str; 1] = ["crate"];

/// Keys of `#[client(…)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) krate: Option<Path>,
}

/// Reads the keys of `#[client(…)]`.
pub(crate) fn options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for key in keys::parse(tokens, &KEYS, errors) {
        options.krate = key.path(errors);
    }
    options
}

/// The subject of messages about a trait.
pub(crate) fn subject(item: &ClientTrait) -> String {
    format!("client `{}`", item.ident.unraw())
}

/// Checks the methods that call tools. If anything is reported, they must not be used.
pub(crate) fn methods(item: &ClientTrait, errors: &mut Errors) -> Vec<Method> {
    reject_unsafe(item, errors);
    reject_generics(item, errors);
    reject_other_items(item, errors);
    let mut methods = Vec::new();
    for function in item.methods() {
        let mut method_errors = Errors::about(method::subject(function));
        methods.extend(method::method(function, &mut method_errors));
        errors.absorb(method_errors);
    }
    if item.methods().all(method::is_provided) {
        errors.at(
            &item.ident,
            "has no method for a tool; write one for each, such as `async fn add(&self, a: i64) -> \
             i64;`",
        );
    }
    methods
}

fn reject_unsafe(item: &ClientTrait, errors: &mut Errors) {
    if let Some(keyword) = &item.unsafety {
        errors.at(
            keyword,
            "is an `unsafe trait`, but no server can keep its contract; write `trait`",
        );
    }
}

fn reject_generics(item: &ClientTrait, errors: &mut Errors) {
    for parameter in &item.generics.params {
        let (name, written) = match parameter {
            GenericParam::Type(parameter) => (&parameter.ident, parameter.ident.to_string()),
            GenericParam::Const(parameter) => (&parameter.ident, parameter.ident.to_string()),
            GenericParam::Lifetime(parameter) => {
                (&parameter.lifetime.ident, parameter.lifetime.to_string())
            }
        };
        errors.at(
            name,
            format!(
                "is generic over `{written}`, but tools are not generic; leave it out, or \
                     write a type"
            ),
        );
    }
}

fn reject_other_items(item: &ClientTrait, errors: &mut Errors) {
    for other in &item.items {
        if let Item::Other(other) = other {
            errors.at(
                other,
                "has an item that is not a method, which the generated client cannot implement; \
                 move it to another trait",
            );
        }
    }
    for attribute in &item.attributes {
        if is_arg(attribute) {
            errors.at(attribute, "`#[arg]` is on the trait; put it before a parameter of a method");
        } else if is_ask(attribute) {
            errors.at(attribute, method::ASK_IN_A_CLIENT);
        }
    }
}

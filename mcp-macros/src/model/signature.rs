//! Rules for the signature of a component's function.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericParam, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type,
};

use super::types;
use crate::errors::Errors;
use crate::syntax::kind::Kind;

/// The item that contains a function, which decides if it may have a receiver.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A module.
    Module,
    /// An `impl` block with `#[server]`.
    Server,
}

/// Checks a signature, except for its parameters.
pub(crate) fn check(signature: &Signature, kind: Kind, place: Place, errors: &mut Errors) {
    check_qualifiers(signature, errors);
    reject_generics(signature, kind, errors);
    check_receiver(signature, place, errors);
    check_result(signature, kind, errors);
    if place == Place::Module && types::is_primitive(&signature.ident.to_string()) {
        let name = &signature.ident;
        errors.at(
            name,
            format!(
                "`{name}` is a primitive type, which the generated type would shadow; \
                     rename the function and write `name = \"{name}\"`"
            ),
        );
    }
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if let Some(keyword) = &signature.constness {
        errors.at(keyword, "is a `const fn`; write `fn`");
    }
    if let Safety::Unsafe(keyword) = &signature.safety {
        errors.at(keyword, "is an `unsafe fn`, and peers cannot keep its contract; write `fn`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "has a foreign calling convention; write `fn` without `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "takes any number of arguments; take a `Vec` instead");
    }
}

fn reject_generics(signature: &Signature, kind: Kind, errors: &mut Errors) {
    for parameter in &signature.generics.params {
        let name = match parameter {
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
            _ => continue,
        };
        let why = match kind {
            Kind::Tool => "so it has no single schema",
            Kind::Resource | Kind::Prompt => "which no client can choose",
        };
        errors.at(name, format!("is generic over `{name}`, {why}; write a type instead"));
    }
}

fn check_receiver(signature: &Signature, place: Place, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else { return };
    if place == Place::Module {
        errors.at(
            receiver,
            "takes `self` outside a server; put `#[server]` on the `impl` block around it",
        );
    } else if !is_shared(receiver) {
        let written = receiver.to_token_stream().to_string();
        // Tokens print with spaces between them, unlike source code.
        let written = written.replace("& mut self", "&mut self").replace(" :: ", "::");
        let written = written.replace(" : ", ": ").replace(" < ", "<").replace(" >", ">");
        errors.at(
            receiver,
            format!("takes `{written}`; take `&self` and keep changing state behind a lock"),
        );
    }
}

/// Returns `true` for `&self`.
pub(crate) fn is_shared(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) => {
                reference.mutability.is_none()
                    && reference.elem.to_token_stream().to_string() == "Self"
            }
            _ => false,
        },
        _ => false,
    }
}

fn check_result(signature: &Signature, kind: Kind, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &signature.output else { return };
    if signature.asyncness.is_none() && types::is_future(ty) {
        errors.at(ty, "returns a future; make it an `async fn` that returns what the future does");
    } else if let Some(keyword) = types::impl_keyword(ty) {
        let why = match kind {
            Kind::Tool => "for which there is no schema",
            Kind::Resource | Kind::Prompt => "which hides what to send",
        };
        errors.at(keyword, format!("returns an `impl Trait`, {why}; write the type"));
    }
}

/// The lifetimes that a function declares.
pub(crate) fn lifetimes(signature: &Signature) -> Vec<Ident> {
    signature.generics.lifetimes().map(|lifetime| lifetime.lifetime.ident.clone()).collect()
}

/// The return type, with declared lifetimes elided.
pub(crate) fn result_type(signature: &Signature) -> TokenStream {
    match &signature.output {
        ReturnType::Type(_, ty) => types::elided(ty, &lifetimes(signature)),
        ReturnType::Default => types::unit(signature.ident.span()),
    }
}

/// The parameters after the receiver.
pub(crate) fn inputs(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    })
}

/// Span of the return type, for errors about it.
pub(crate) fn result_span(signature: &Signature) -> proc_macro2::Span {
    match &signature.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => signature.ident.span(),
    }
}

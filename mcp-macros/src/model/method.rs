//! One checked method of a client: a call of a tool.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{
    Attribute, GenericParam, Pat, PatType, PathArguments, ReturnType, Safety, Signature, Token,
    Type,
};

use super::signature;
use super::{param, types};
use crate::errors::Errors;
use crate::syntax::function::{Function, contents, is_arg, is_ask};
use crate::syntax::keys::{self, Key};
use crate::syntax::kind::Kind;

const KEYS: [&str; 1] = ["name"];
const ARG_KEYS: [&str; 1] = ["rename"];
pub(crate) const ASK_IN_A_CLIENT: &str =
    "`#[ask]` is for servers, which ask the user; leave it out";
/// Methods of every generated client.
const RESERVED: [&str; 3] = ["check", "client", "new"];

/// A method that calls a tool.
pub(crate) struct Method {
    /// Signature as written, without our attributes.
    pub(crate) signature: Signature,
    /// Attributes of the method. `#[cfg]` among them applies to the implementation too.
    pub(crate) attributes: Vec<Attribute>,
    /// The `self` of the receiver.
    pub(crate) self_token: Token![self],
    /// Wire name of the tool, and its span.
    pub(crate) tool: (String, Span),
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Output,
}

/// An argument that the method sends to its tool.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    /// Its name in JSON.
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) ty: Type,
    /// The type with declared lifetimes elided.
    pub(crate) elided: TokenStream,
}

/// The return type of a method.
pub(crate) struct Output {
    /// Type as written; `()` if there is none.
    pub(crate) ty: TokenStream,
    /// The type with declared lifetimes elided.
    pub(crate) elided: TokenStream,
    pub(crate) span: Span,
    /// The type is a `Result` already.
    pub(crate) is_result: bool,
}

/// The subject of messages about a method.
pub(crate) fn subject(function: &Function) -> String {
    format!("method `{}`", function.signature.ident.unraw())
}

/// Returns `true` if the method has a body. Such a method calls no tool.
pub(crate) fn is_provided(function: &Function) -> bool {
    function.body.to_string() != ";"
}

/// Checks a method. Returns `None` for a provided method, and for one whose mistakes are reported.
pub(crate) fn method(function: &Function, errors: &mut Errors) -> Option<Method> {
    reject_conditional(function, errors);
    if is_provided(function) {
        check_provided(function, errors);
        return None;
    }
    let signature = &function.signature;
    let tool = tool(function, errors);
    check_qualifiers(signature, errors);
    reject_generics(signature, errors);
    reject_reserved_name(&signature.ident, errors);
    let self_token = receiver(signature, errors);
    let arguments = arguments(signature, errors);
    let output = output(signature, errors);
    Some(Method {
        signature: function.without_ours().signature,
        attributes: function.attributes.clone(),
        self_token: self_token?,
        tool,
        arguments,
        output,
    })
}

/// Reports `#[cfg_attr(…, tool(…))]`.
fn reject_conditional(function: &Function, errors: &mut Errors) {
    if let Some((kind, attribute)) = function.conditional_component() {
        let word = kind.word();
        errors.at(
            attribute,
            format!(
                "`#[client]` cannot see `{word}` in a `cfg_attr`, which is resolved later; write \
                 `#[{word}(…)]`, and `#[cfg(…)]` if the whole method depends on a condition"
            ),
        );
    }
}

fn check_provided(function: &Function, errors: &mut Errors) {
    let ours = |attribute: &&Attribute| {
        Kind::of(attribute).is_some() || is_arg(attribute) || is_ask(attribute)
    };
    for attribute in function.attributes.iter().filter(ours) {
        errors.at(
            attribute,
            "has a body, so it calls no tool; drop the body, or leave out the attribute",
        );
    }
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    // `output` reports a returned future.
    if signature.asyncness.is_none() && returned_future(signature).is_none() {
        errors.at(
            signature.fn_token,
            "is not `async`, but a call has to wait for the server; write `async fn`",
        );
    }
    if let Some(keyword) = &signature.constness {
        errors.at(keyword, "is `const`, but a server is not called at compile time; leave it out");
    }
    if let Safety::Unsafe(keyword) = &signature.safety {
        errors.at(keyword, "is `unsafe`, but no server can keep its contract; leave it out");
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            "has a foreign calling convention, which the call of a tool does not have; \
                        leave it out",
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "takes any number of arguments; take a `Vec` instead");
    }
}

/// The future that a function without `async` returns, if the type shows that it is one.
fn returned_future(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if signature.asyncness.is_none() && types::is_future(ty) => {
            Some(ty)
        }
        _ => None,
    }
}

fn reject_generics(signature: &Signature, errors: &mut Errors) {
    for parameter in &signature.generics.params {
        let name = match parameter {
            GenericParam::Type(parameter) => &parameter.ident,
            GenericParam::Const(parameter) => &parameter.ident,
            _ => continue,
        };
        errors.at(
            name,
            format!("is generic over `{name}`, but tools are not generic; write a type instead"),
        );
    }
}

fn reject_reserved_name(ident: &Ident, errors: &mut Errors) {
    let name = ident.unraw().to_string();
    if RESERVED.contains(&name.as_str()) {
        errors.at(
            ident,
            format!(
                "has the name of a method of every generated client; rename it and write \
                 `#[tool(name = \"{name}\")]` above it"
            ),
        );
    }
}

fn receiver(signature: &Signature, errors: &mut Errors) -> Option<Token![self]> {
    for attribute in signature.receiver().iter().flat_map(|receiver| &receiver.attrs) {
        if is_arg(attribute) {
            errors.at(attribute, "`#[arg]` is on `self`; put it before a parameter");
        } else if is_ask(attribute) {
            errors.at(attribute, ASK_IN_A_CLIENT);
        }
    }
    match signature.receiver() {
        None => errors.at(&signature.ident, "takes no `self`; write `&self` first"),
        Some(receiver) if !signature::is_shared(receiver) => {
            errors.at(receiver, "takes more than `&self`, though clients are shared; write `&self`")
        }
        Some(receiver) => return Some(receiver.self_token),
    }
    None
}

/// Name of the tool: `#[tool(name = "…")]`, or else the name of the method.
fn tool(function: &Function, errors: &mut Errors) -> (String, Span) {
    let ident = &function.signature.ident;
    let mut tool = (ident.unraw().to_string(), ident.span());
    let mut seen = false;
    for attribute in &function.attributes {
        match Kind::of(attribute) {
            Some(Kind::Tool) if seen => {
                errors.at(attribute, "has two `#[tool]`; write one with all the keys");
            }
            Some(Kind::Tool) => {
                seen = true;
                for key in keys::parse(contents(attribute), &KEYS, errors) {
                    rename(&key, &mut tool, errors);
                }
            }
            Some(other) => {
                let kind = other.word();
                errors.at(
                    attribute,
                    format!("is a {kind}, and methods call tools; use `client()` for a {kind}"),
                );
            }
            None if is_arg(attribute) => {
                errors.at(attribute, "`#[arg]` is on the method; put it before a parameter");
            }
            None if is_ask(attribute) => errors.at(attribute, ASK_IN_A_CLIENT),
            None => {}
        }
    }
    if tool.0.is_empty() {
        errors.at_span(tool.1, "its tool has an empty name; write the name that the server lists");
    }
    tool
}

fn rename(key: &Key, name: &mut (String, Span), errors: &mut Errors) {
    if let Some(text) = key.string(errors) {
        *name = (text.value(), text.span());
    }
}

fn arguments(signature: &Signature, errors: &mut Errors) -> Vec<Argument> {
    let lifetimes = signature::lifetimes(signature);
    let mut arguments: Vec<Argument> = Vec::new();
    for input in signature::inputs(signature) {
        if let Some(argument) = argument(input, &lifetimes, errors) {
            if arguments.iter().any(|other| other.name == argument.name) {
                let name = &argument.name;
                errors.at_span(
                    argument.name_span,
                    format!("two parameters are named `{name}`; rename one of them"),
                );
            }
            arguments.push(argument);
        }
    }
    arguments
}

fn argument(input: &PatType, lifetimes: &[Ident], errors: &mut Errors) -> Option<Argument> {
    param::reject_cfg(&input.attrs, errors);
    if let Some(keyword) = types::impl_keyword(&input.ty) {
        errors.at(keyword, "takes an `impl Trait`, but tools are not generic; write a type");
    }
    let Some(ident) = ident(&input.pat) else {
        errors.at(
            &input.pat,
            "has a parameter without a name, but the server needs the name; name it",
        );
        return None;
    };
    let mut name = (ident.unraw().to_string(), ident.span());
    for key in arg_keys(&input.attrs, errors) {
        rename(&key, &mut name, errors);
    }
    if name.0.is_empty() {
        errors.at_span(name.1, format!("`{ident}` is renamed to nothing; write a name"));
    }
    let elided = types::elided(&input.ty, lifetimes);
    let (name, name_span) = name;
    Some(Argument { ident, name, name_span, ty: (*input.ty).clone(), elided })
}

fn ident(pattern: &Pat) -> Option<Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name.ident.clone())
        }
        _ => None,
    }
}

fn arg_keys(attributes: &[Attribute], errors: &mut Errors) -> Vec<Key> {
    for attribute in attributes.iter().filter(|attribute| is_ask(attribute)) {
        errors.at(attribute, ASK_IN_A_CLIENT);
    }
    let mut found = attributes.iter().filter(|attribute| is_arg(attribute));
    let Some(first) = found.next() else { return Vec::new() };
    for again in found {
        errors.at(again, "a parameter has two `#[arg]`; write one with all the keys");
    }
    keys::parse(contents(first), &ARG_KEYS, errors)
}

/// Reads and checks the return type of a signature.
pub(crate) fn output(signature: &Signature, errors: &mut Errors) -> Output {
    let span = signature::result_span(signature);
    let ReturnType::Type(_, ty) = &signature.output else {
        let ty = types::unit(span);
        return Output { elided: ty.clone(), ty, span, is_result: false };
    };
    let is_result = is_result(ty);
    if let Some(future) = returned_future(signature) {
        errors.at(
            future,
            "returns a future; make it an `async fn` that returns what the future does",
        );
    } else if let Some(keyword) = types::impl_keyword(ty) {
        errors.at(keyword, "returns an `impl Trait`, which cannot be deserialized; write the type");
    } else if let Type::Reference(reference) = &**ty {
        errors.at(
            reference,
            "returns a reference, but there is nothing to borrow a result from; return an owned \
             type, such as `String`",
        );
    } else if let Some(borrow) = types::borrow(ty) {
        errors.at(
            borrow,
            "returns a type that borrows, but there is nothing to borrow a result from; return an \
             owned type, such as `String`",
        );
    }
    let elided = signature::result_type(signature);
    Output { ty: ty.to_token_stream(), elided, span, is_result }
}

/// Returns `true` for a type that is written as a `Result`.
///
/// Only the name can decide, because an attribute sees the trait before names are resolved.
fn is_result(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            last.ident == "Result" && matches!(last.arguments, PathArguments::AngleBracketed(_))
        }),
        Type::Group(inner) => is_result(&inner.elem),
        _ => false,
    }
}

//! One server: an `impl` block or a module, with its tools.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, Path, Type};

use super::name;
use super::signature::Place;
use super::tool::{self, Name, Tool};
use crate::errors::Errors;
use crate::syntax::function::{Function, contents, is_component};
use crate::syntax::keys::{self, Key};
use crate::syntax::server_impl::{self, ServerImpl};
use crate::syntax::server_mod::{self, ServerMod};

const KEYS: [&str; 5] = ["name", "version", "title", "instructions", "crate"];

/// What the keys of `#[server(…)]` say.
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

/// The name of a server when no key gives one.
pub(crate) fn default_name(of: &str) -> String {
    name::kebab(of.trim_start_matches("r#"))
}

/// The last word of a type's path.
pub(crate) fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Group(group) => type_name(&group.elem),
        _ => None,
    }
}

/// The tools of an `impl` block.
pub(crate) fn tools_of_impl(block: &ServerImpl, errors: &mut Errors) -> Vec<Tool> {
    inherent(block, errors);
    let mut tools = Vec::new();
    let mut found = false;
    for item in &block.items {
        if let server_impl::Item::Function(function) = item
            && function.attributes.iter().any(is_component)
        {
            found = true;
            tools.extend(method(function, errors));
        }
    }
    some(found, block.self_type.to_token_stream(), "method", errors);
    let names = tools.iter().map(|tool| (&tool.name, &tool.attributes[..]));
    unique_names(names, errors);
    tools
}

fn inherent(block: &ServerImpl, errors: &mut Errors) {
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

fn method(function: &Function, errors: &mut Errors) -> Option<Tool> {
    let mut function = function.clone();
    let attribute = function.take_component()?;
    let mut faults = Errors::about(tool::subject(&function));
    twice(&function, &mut faults);
    let tool = tool::tool(contents(&attribute), &function, Place::Server, &mut faults);
    if let Some(tool) = &tool
        && let Some(path) = &tool.options.krate
    {
        faults.at(path, "`crate` is for the server; write it in `#[server(crate = …)]`");
    }
    errors.absorb(faults);
    tool
}

fn twice(function: &Function, errors: &mut Errors) {
    for again in function.attributes.iter().filter(|attribute| is_component(attribute)) {
        errors.at(again, "has two `#[tool]`; write one with all the keys");
    }
}

fn some(found: bool, at: TokenStream, what: &str, errors: &mut Errors) {
    if !found {
        let message =
            format!("has no tool; write `#[tool]` above each {what} that clients may call");
        errors.at(at, message);
    }
}

/// One annotated function of a module.
pub(crate) struct Listed {
    pub(crate) ident: Ident,
    /// `#[cfg]` and the like.
    pub(crate) attributes: Vec<Attribute>,
    name: Name,
}

/// The tools of a module; each of them is checked by its own attribute.
pub(crate) fn tools_of_mod(module: &ServerMod, errors: &mut Errors) -> Vec<Listed> {
    let mut tools = Vec::new();
    for item in &module.items {
        if let server_mod::Item::Function(function) = item
            && let Some(attribute) = function.attributes.iter().find(|a| is_component(a))
        {
            tools.push(listed(function, attribute));
        }
    }
    some(!tools.is_empty(), module.ident.to_token_stream(), "function", errors);
    unique_names(tools.iter().map(|tool| (&tool.name, &tool.attributes[..])), errors);
    tools
}

fn listed(function: &Function, attribute: &Attribute) -> Listed {
    // Its own attribute reports what is wrong with these keys; here only the name matters.
    let mut ignored = Errors::about("");
    let keys = keys::parse(contents(attribute), &tool::KEYS, &mut ignored);
    let given = keys.iter().find(|key| key.name == "name");
    let given = given.and_then(|key| key.string(&mut ignored));
    let ident = &function.signature.ident;
    let (text, span) = match given {
        Some(text) => (text.value(), text.span()),
        None => (syn::ext::IdentExt::unraw(ident).to_string(), ident.span()),
    };
    Listed {
        ident: ident.clone(),
        attributes: function.attributes.clone(),
        name: Name { text, span, is_wide: false },
    }
}

fn unique_names<'a>(tools: impl Iterator<Item = (&'a Name, &'a [Attribute])>, errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, attributes) in tools {
        // Of two that depend on `cfg`, only one may be there; the runtime checks the rest.
        if attributes.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            continue;
        }
        if seen.contains(&name.text.as_str()) {
            let text = &name.text;
            let message = format!("two tools are named `{text}`; rename one with `name = \"…\"`");
            errors.at_span(name.span, message);
        }
        seen.push(&name.text);
    }
}

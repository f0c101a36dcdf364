//! Procedural macros of `mcp-runtime`, which documents them: the attributes `#[tool]`,
//! `#[resource]`, `#[prompt]`, `#[server]` and `#[client]`, and `#[derive(Elicit)]`.
//!
//! An item passes through three stages, one folder each. `syntax` parses its shape, `model` checks
//! every rule and collects the mistakes, `expand` generates code. All of them are functions on
//! tokens, so tests need no compiler.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod errors;
mod expand;
mod model;
mod suggest;
mod syntax;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use syntax::kind::Kind;

/// Turns a function into a tool. See `mcp_runtime::tool`.
#[proc_macro_attribute]
pub fn tool(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Tool, keys.into(), item.into()).into()
}

/// Turns a function into a resource. See `mcp_runtime::resource`.
#[proc_macro_attribute]
pub fn resource(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Resource, keys.into(), item.into()).into()
}

/// Turns a function into a prompt. See `mcp_runtime::prompt`.
#[proc_macro_attribute]
pub fn prompt(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Prompt, keys.into(), item.into()).into()
}

/// Turns an `impl` block or a module into a server. See `mcp_runtime::server`.
#[proc_macro_attribute]
pub fn server(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::server(keys.into(), item.into()).into()
}

/// Generates a client from a trait. See `mcp_runtime::client`.
#[proc_macro_attribute]
pub fn client(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::client(keys.into(), item.into()).into()
}

/// Turns a struct into a form, or an enum into a selection. See `mcp_runtime::Elicit`.
#[proc_macro_derive(Elicit, attributes(elicit))]
pub fn elicit(item: TokenStream) -> TokenStream {
    expand::elicit(item.into()).into()
}

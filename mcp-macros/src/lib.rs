//! The attributes `#[tool]`, `#[resource]`, `#[prompt]`, `#[server]` and `#[client]` and the derive
//! `Elicit` of `mcp-runtime`, which documents them.
//!
//! An item goes through three stages, each a folder: `syntax` reads its shape, `model` checks every
//! rule and collects what is wrong, `expand` writes code. Each is a function of tokens that tests
//! call without a compiler.

mod errors;
mod expand;
mod model;
mod suggest;
mod syntax;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use syntax::kind::Kind;

/// Makes a tool of a function. See `mcp_runtime::tool`.
#[proc_macro_attribute]
pub fn tool(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Tool, keys.into(), item.into()).into()
}

/// Makes a resource of a function. See `mcp_runtime::resource`.
#[proc_macro_attribute]
pub fn resource(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Resource, keys.into(), item.into()).into()
}

/// Makes a prompt of a function. See `mcp_runtime::prompt`.
#[proc_macro_attribute]
pub fn prompt(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::component(Kind::Prompt, keys.into(), item.into()).into()
}

/// Makes a server of an `impl` block or a module. See `mcp_runtime::server`.
#[proc_macro_attribute]
pub fn server(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::server(keys.into(), item.into()).into()
}

/// Makes a client of a trait. See `mcp_runtime::client`.
#[proc_macro_attribute]
pub fn client(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::client(keys.into(), item.into()).into()
}

/// Makes a form of a struct, or a selection of an enum. See `mcp_runtime::Elicit`.
#[proc_macro_derive(Elicit, attributes(elicit))]
pub fn elicit(item: TokenStream) -> TokenStream {
    expand::elicit(item.into()).into()
}

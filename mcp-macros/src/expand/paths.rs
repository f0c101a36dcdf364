//! Paths of the runtime. No other file spells them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

/// Path of the runtime's crate: `::mcp_runtime`, or the value of the `crate` key.
pub(crate) fn runtime(given: Option<&Path>) -> TokenStream {
    given.map_or_else(|| quote!(::mcp_runtime), ToTokens::to_token_stream)
}

/// Imports the runtime's private module as `__mcp`.
pub(crate) fn alias(given: Option<&Path>) -> TokenStream {
    let runtime = runtime(given);
    let private = private();
    quote!(use #runtime::__private as #private;)
}

/// The name `__mcp`.
pub(crate) fn private() -> TokenStream {
    quote!(__mcp)
}

//! The one place that spells the path of the runtime.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

/// The path of the runtime's crate: `::mcp_runtime` unless a `crate` key says otherwise.
pub(crate) fn runtime(given: Option<&Path>) -> TokenStream {
    given.map_or_else(|| quote!(::mcp_runtime), ToTokens::to_token_stream)
}

/// Makes the runtime's items for generated code known as `__mcp`.
pub(crate) fn alias(given: Option<&Path>) -> TokenStream {
    let runtime = runtime(given);
    let private = private();
    quote!(use #runtime::__private as #private;)
}

/// `__mcp`
pub(crate) fn private() -> TokenStream {
    quote!(__mcp)
}

//! Statements that set the limits of a parameter or a form field.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use super::component::at;
use crate::model::rules::{ConstComparison, Rule};

/// One statement per limit. It rebinds `holder`, a value of the runtime's type `of`.
///
/// Each limit is a statement of its own, so that an error about it points at its key.
pub(super) fn statements<'a>(
    rules: &'a [Rule],
    holder: &'a str,
    of: &'a str,
) -> impl Iterator<Item = TokenStream> + 'a {
    // A call by path and a method call mean the same. If the type does not support the limit, a
    // call by path is reported once and at the key, unless the limit's own type depends on the
    // type.
    const BY_METHOD: [&str; 3] = ["default", "min", "max"];
    rules.iter().map(move |Rule { method, arguments }| {
        at(method.span(), |here| {
            let (holder, of) = (Ident::new(holder, here), Ident::new(of, here));
            match BY_METHOD.iter().any(|name| method == name) {
                true => quote_spanned!(here=> let #holder = #holder.#method(#arguments);),
                false => {
                    quote_spanned!(here=> let #holder = __mcp::#of::#method(#holder, #arguments);)
                }
            }
        })
    })
}

/// A comparison of constants, which the compiler evaluates.
pub(super) fn assertion(subject: &str, comparison: &ConstComparison) -> TokenStream {
    let ConstComparison { low, high, span, message } = comparison;
    let message = format!("{subject}: {message}");
    quote_spanned!(*span=> const _: () = ::core::assert!(#low <= #high, #message);)
}

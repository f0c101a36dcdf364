//! What a parameter or a field is limited by.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use super::component::at;
use crate::model::rules::{Ordered, Rule};

/// A statement for each limit that rebinds `holder`, a value of the runtime's type `of`.
///
/// Each limit is a statement of its own, so that an error about it shows at its key.
pub(super) fn statements<'a>(
    rules: &'a [Rule],
    holder: &'a str,
    of: &'a str,
) -> impl Iterator<Item = TokenStream> + 'a {
    // A call by path and one by method mean the same. The compiler tells a type that lacks what the
    // limit needs once and at the key in a call by path, unless the limit's own type depends on it.
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

/// A comparison that only the compiler can make.
pub(super) fn assertion(subject: &str, ordered: &Ordered) -> TokenStream {
    let Ordered { low, high, span, message } = ordered;
    let message = format!("{subject}: {message}");
    quote_spanned!(*span=> const _: () = ::core::assert!(#low <= #high, #message);)
}

//! Output for an invalid item: the item, and empty stand-ins for the generated items. The mistake
//! is then the only error.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;

use super::{companion, conditions, here, paths, server_impl, server_mod};
use crate::model::server::Options;
use crate::syntax::function::Function;
use crate::syntax::kind::Kind;
use crate::syntax::server_impl::ServerImpl;
use crate::syntax::server_mod::ServerMod;

/// A function, and a component of the same name that registers nothing.
pub(crate) fn component(kind: Kind, function: &Function, krate: Option<&Path>) -> TokenStream {
    let given = function.without_ours();
    if function.signature.receiver().is_some() {
        // The function is in an `impl` block, where no struct can follow it.
        return quote!(#given);
    }
    let ident = &function.signature.ident;
    let companion = companion(kind, ident, &function.visibility, &function.attributes);
    let conditions = conditions(&function.attributes);
    let alias = paths::alias(krate);
    quote_spanned! {here()=>
        #given
        #companion
        #(#conditions)*
        const _: () = {
            #alias
            impl __mcp::Component for #ident {
                fn register(_: &mut __mcp::Registration) {}
            }
        };
    }
}

/// An `impl` block, with an `into_server` that cannot be called.
pub(crate) fn server_impl(block: &ServerImpl, krate: Option<&Path>) -> TokenStream {
    let given = block.without_ours();
    if block.of_trait.is_some() || block.generics.lifetimes().next().is_some() {
        return quote!(#given);
    }
    let options = options(krate);
    let nothing = quote_spanned!(here()=> let _ = (this, components););
    let instance = server_impl::instance(&options, block, &nothing, &never());
    quote!(#given #instance)
}

/// A module, with a component that registers nothing.
pub(crate) fn server_mod(module: &ServerMod, krate: Option<&Path>) -> TokenStream {
    let nothing = quote_spanned!(here()=> let _ = components;);
    let components = server_mod::components(&options(krate), &nothing, &never());
    server_mod::with_path(module, krate).with(components)
}

fn options(krate: Option<&Path>) -> Options {
    Options { krate: krate.cloned(), ..Options::default() }
}

fn never() -> TokenStream {
    quote_spanned!(here()=> ::core::unreachable!())
}

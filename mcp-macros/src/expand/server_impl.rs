//! `#[server]` on an `impl` block: an instance whose methods are tools.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{allowances, conditions, here, paths, tool};
use crate::model::server::{self, Options};
use crate::model::tool::Tool;
use crate::syntax::server_impl::ServerImpl;

/// The block without our attributes, and the registration of its tools.
pub(crate) fn expand(options: &Options, tools: &[Tool], block: &ServerImpl) -> TokenStream {
    let registrations = tools.iter().map(registration);
    let name = server::type_name(&block.self_type).unwrap_or_default();
    let server = build(options, &server::default_name(&name));
    let into_server = quote_spanned!(here()=> #server.with_instance(self));
    let instance = instance(options, block, &quote!(#(#registrations)*), &into_server);
    let block = block.without_ours();
    quote!(#block #instance)
}

/// The items that make a server of a type.
pub(crate) fn instance(
    options: &Options,
    block: &ServerImpl,
    registrations: &TokenStream,
    into_server: &TokenStream,
) -> TokenStream {
    let alias = paths::alias(options.krate.as_ref());
    let conditions = conditions(&block.attributes);
    let (generics, _, _) = block.generics.split_for_impl();
    let (ty, bounds) = (&block.self_type, &block.where_clause);
    quote_spanned! {here()=>
        #(#conditions)*
        const _: () = {
            #alias
            impl #generics __mcp::Instance for #ty #bounds {
                fn register(
                    self: ::std::sync::Arc<Self>,
                    components: &mut __mcp::Registration,
                ) {
                    let this = self;
                    #registrations
                }
            }

            impl #generics #ty #bounds {
                /// A server with the tools of this type.
                pub fn into_server(self) -> __mcp::Server {
                    #into_server
                }
            }
        };
    }
}

fn registration(of: &Tool) -> TokenStream {
    let conditions = conditions(&of.attributes);
    let allow = allowances(&of.attributes);
    let ident = &of.ident;
    let registration = tool::registration(of, &quote!(Self::#ident));
    let this = of
        .has_receiver
        .then(|| quote_spanned!(here()=> let this = ::std::sync::Arc::clone(&this);));
    quote_spanned! {here()=>
        #(#conditions)*
        #allow
        {
            #this
            #registration
        }
    }
}

/// The server itself, before it has any component.
pub(crate) fn build(options: &Options, default_name: &str) -> TokenStream {
    let name = options.name.as_ref().map_or_else(|| quote!(#default_name), |name| quote!(#name));
    let version = match &options.version {
        Some(version) => quote!(#version),
        None => quote_spanned!(here()=> ::core::env!("CARGO_PKG_VERSION")),
    };
    let title = options.title.as_ref().map(|title| quote!(.title(#title)));
    let instructions = options.instructions.as_ref().map(|text| quote!(.instructions(#text)));
    quote_spanned!(here()=> __mcp::Server::new(#name, #version) #title #instructions)
}

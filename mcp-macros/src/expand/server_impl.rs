//! `#[server]` on an `impl` block: a value whose methods are components.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{allowances, component, conditions, here, paths};
use crate::model::component::Component;
use crate::model::server::{self, Options};
use crate::syntax::server_impl::ServerImpl;

/// The block without our attributes, and the registration of its components.
pub(crate) fn expand(
    options: &Options,
    components: &[Component],
    block: &ServerImpl,
) -> TokenStream {
    let registrations = components.iter().map(registration);
    let name = server::type_name(&block.self_type).unwrap_or_default();
    let server = build(options, &server::default_name(&name));
    let into_server = quote_spanned!(here()=> #server.instance(self));
    let instance = instance(options, block, &quote!(#(#registrations)*), &into_server);
    let block = block.without_ours();
    quote!(#block #instance)
}

/// The items that turn a type into a server.
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
            impl #generics __mcp::ServerMethods for #ty #bounds {
                fn register(
                    self: ::std::sync::Arc<Self>,
                    components: &mut __mcp::Registration,
                ) {
                    let this = self;
                    #registrations
                }
            }

            impl #generics #ty #bounds {
                /// A server with the components of this type.
                pub fn into_server(self) -> __mcp::Server {
                    #into_server
                }
            }
        };
    }
}

fn registration(of: &Component) -> TokenStream {
    let item = of.item();
    let conditions = conditions(&item.attributes);
    let allow = allowances(&item.attributes);
    let ident = &item.ident;
    let registration = component::registration(of, &quote!(Self::#ident));
    let this = item
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

/// The expression that creates the server, without components.
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

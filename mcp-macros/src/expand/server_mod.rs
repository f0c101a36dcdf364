//! `#[server]` on a module: one component that registers all components of the module.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Meta, Path, parse_quote};

use super::{allowances, conditions, here, paths, server_impl};
use crate::model::server::{self, AnnotatedFunction, Options};
use crate::syntax::function::contents;
use crate::syntax::kind::Kind;
use crate::syntax::server_mod::{Item, ServerMod};

/// The module, with a component for all of it.
pub(crate) fn expand(
    options: &Options,
    listed: &[AnnotatedFunction],
    module: &ServerMod,
) -> TokenStream {
    let registrations = listed.iter().map(registration);
    let name = server::default_name(&module.ident.to_string());
    let server = server_impl::build(options, &name);
    let into_server = quote_spanned!(here()=> #server.with::<Components>());
    let components = components(options, &quote!(#(#registrations)*), &into_server);
    with_path(module, options.krate.as_ref()).with(components)
}

/// The items that turn a module into a server.
pub(crate) fn components(
    options: &Options,
    registrations: &TokenStream,
    into_server: &TokenStream,
) -> TokenStream {
    let runtime = paths::runtime(options.krate.as_ref());
    let alias = paths::alias(options.krate.as_ref());
    quote_spanned! {here()=>
        /// The components of this module; pass it to `Server::with`.
        pub struct Components {}

        const _: () = {
            #alias
            impl __mcp::Component for Components {
                fn register(components: &mut __mcp::Registration) {
                    #registrations
                }
            }
        };

        /// A server with the components of this module.
        pub fn into_server() -> #runtime::__private::Server {
            use #runtime::__private as __mcp;
            #into_server
        }
    }
}

fn registration(listed: &AnnotatedFunction) -> TokenStream {
    let conditions = conditions(&listed.attributes);
    let allow = allowances(&listed.attributes);
    let ident = &listed.ident;
    quote_spanned! {here()=>
        #(#conditions)*
        #allow
        <#ident as __mcp::Component>::register(components);
    }
}

/// Adds the path of the runtime to the attributes inside the module.
pub(crate) fn with_path(module: &ServerMod, krate: Option<&Path>) -> ServerMod {
    let mut module = module.clone();
    let Some(krate) = krate else { return module };
    for item in &mut module.items {
        if let Item::Function(function) = item
            && let Some(attribute) = function.attributes.iter_mut().find(|a| Kind::of(a).is_some())
        {
            add_path(attribute, krate);
        }
    }
    module
}

fn add_path(attribute: &mut Attribute, krate: &Path) {
    let keys = contents(attribute);
    let path = attribute.path().clone();
    let has_own = matches!(&attribute.meta, Meta::List(list)
        if list.tokens.clone().into_iter().any(|token| token.to_string() == "crate"));
    if has_own {
        return;
    }
    // The key goes last, because a URI must be first.
    let ends = keys.clone().into_iter().last().is_none_or(|last| last.to_string() == ",");
    let comma = (!ends).then(|| quote!(,));
    *attribute = parse_quote!(#[#path(#keys #comma crate = #krate)]);
}

//! String arguments: the parameters of resources and prompts.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::component::{at, literal};
use super::here;
use crate::model::param::{Completer, Param};
use crate::model::rules::Rule;

/// A parameter that is an argument or injected, depending on its type.
pub(super) fn parameter(param: &Param) -> TokenStream {
    let text = text(param);
    if param.name.is_empty() {
        return at(param.ty.span(), |here| quote_spanned!(here=> #text.unnamed()));
    }
    // The references make the compiler try the kinds of types in order (autoref specialization).
    let parameter = at(param.ty.span(), |here| quote_spanned!(here=> (&&&&&#text).parameter()));
    with_default(parameter, param)
}

/// A parameter that collects all values of a list variable, such as `{?tags*}`.
pub(super) fn list(param: &Param) -> TokenStream {
    let text = text(param);
    let list = at(param.ty.span(), |here| quote_spanned!(here=> (&&&#text).list()));
    with_default(list, param)
}

/// Adds the value of an absent argument.
fn with_default(parameter: TokenStream, param: &Param) -> TokenStream {
    let Some(Rule { method, arguments }) =
        param.rules.list.iter().find(|rule| rule.method == "default")
    else {
        return parameter;
    };
    let default = at(method.span(), |here| quote_spanned!(here=> .default(#arguments)));
    quote!(#parameter #default)
}

/// A parameter that is not a variable of the URI, so its type must be injected.
pub(super) fn beside_uri(param: &Param) -> TokenStream {
    let text = text(param);
    at(param.ty.span(), |here| quote_spanned!(here=> #text.beside_uri()))
}

fn text(param: &Param) -> TokenStream {
    let name = literal(&param.name, param.name_span);
    let ty = &param.elided;
    at(param.ty.span(), |here| quote_spanned!(here=> __mcp::ParameterType::<#ty>::new(#name)))
}

/// A parameter with everything that is advertised.
pub(super) fn declared(parameter: &TokenStream, param: &Param) -> TokenStream {
    let title = param.title.as_ref().map(|text| quote!(.title(#text)));
    let describe = param.description.as_ref().map(|text| quote!(.describe(#text)));
    let complete =
        param.completer.as_ref().map(|Completer { span, path, is_fuzzy }| match is_fuzzy {
            true => quote_spanned!(*span=> .complete(__mcp::Fuzzy(#path))),
            false => quote_spanned!(*span=> .complete(#path)),
        });
    quote!(#parameter #title #describe #complete)
}

/// Imports the traits for the autoref specialization above.
pub(super) fn imports() -> TokenStream {
    quote_spanned! {here()=>
        #[allow(unused_imports)]
        use __mcp::string_traits::*;
    }
}

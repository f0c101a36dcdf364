//! Parameters that are read from text: those of resources and prompts.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::component::{at, literal};
use super::here;
use crate::model::param::Param;

/// A parameter of a name and a type, of which the type decides what it is.
pub(super) fn parameter(param: &Param) -> TokenStream {
    let text = text(param);
    // The references let the compiler try one kind of type after the other.
    at(param.ty.span(), |here| quote_spanned!(here=> (&&&&&#text).parameter()))
}

/// A parameter that takes every value of a variable which is a list.
pub(super) fn list(param: &Param) -> TokenStream {
    let text = text(param);
    at(param.ty.span(), |here| quote_spanned!(here=> (&&&#text).list()))
}

/// A parameter that no variable of the URI names, so that its type has to be an injected one.
pub(super) fn beside_uri(param: &Param) -> TokenStream {
    let text = text(param);
    at(param.ty.span(), |here| quote_spanned!(here=> #text.beside_uri()))
}

fn text(param: &Param) -> TokenStream {
    let name = literal(&param.name, param.name_span);
    let ty = &param.elided;
    at(param.ty.span(), |here| quote_spanned!(here=> __mcp::Text::<#ty>::new(#name)))
}

/// A parameter with everything that is advertised.
pub(super) fn declared(parameter: &TokenStream, param: &Param) -> TokenStream {
    let title = param.title.as_ref().map(|text| quote!(.title(#text)));
    let describe = param.description.as_ref().map(|text| quote!(.describe(#text)));
    let complete =
        param.complete.as_ref().map(|(span, path)| quote_spanned!(*span=> .complete(#path)));
    quote!(#parameter #title #describe #complete)
}

/// Makes the traits known by which the references above are resolved.
pub(super) fn imports() -> TokenStream {
    quote_spanned! {here()=>
        #[allow(unused_imports)]
        use __mcp::by_text::*;
    }
}

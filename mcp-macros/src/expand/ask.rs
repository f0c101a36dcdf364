//! `#[ask]` parameters: questions to the user, one after the other.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::component::{at, local};
use super::here;
use crate::model::ask::Ask;
use crate::model::item::Item;

/// The statements that ask the questions, after all other parameters are read.
pub(super) fn statements(item: &Item) -> impl Iterator<Item = TokenStream> + '_ {
    (0..item.asks.len()).map(|index| {
        let ask = &item.asks[index];
        let known = item.params.iter().filter(|param| !param.name.is_empty());
        let asked = item.asks[..index].iter().filter(|ask| ask.is_named);
        let known: Vec<&Ident> =
            known.map(|param| &param.ident).chain(asked.map(|ask| &ask.ident)).collect();
        statement(ask, &known)
    })
}

fn statement(ask: &Ask, known: &[&Ident]) -> TokenStream {
    let name = local(&ask.ident);
    let message = message(ask, known);
    let key = ask.key.as_ref().map(|key| quote!(.key(#key)));
    let volatile = ask.is_volatile.then(|| quote!(.volatile()));
    let ty = &ask.elided;
    let asked = at(ask.ty.span(), |here| quote_spanned!(here=> __mcp::ask::<#ty, _>(message)));
    quote_spanned! {here()=>
        let message = #message;
        let #name = match #asked #key #volatile .of(call.asking()).await {
            ::core::result::Result::Ok(#name) => #name,
            ::core::result::Result::Err(error) => return call.refuse(error),
        };
    }
}

/// The expression of a question's message.
///
/// The message may name other parameters, so each of them is bound to the name that it has in the
/// user's signature.
fn message(ask: &Ask, known: &[&Ident]) -> TokenStream {
    let message = &ask.message;
    let values = known.iter().map(|ident| local(ident));
    let bind = (!known.is_empty()).then(|| {
        quote_spanned! {here()=>
            #[allow(unused_variables)]
            let (#(#known,)*) = (#(&#values,)*);
        }
    });
    quote_spanned! {here()=>
        {
            #bind
            ::std::format!(#message)
        }
    }
}

//! `#[derive(Elicit)]`: a form, or an enum to select from.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput};

use super::component::{at, literal, local};
use super::{here, limits, paths};
use crate::model::choice::{Choice, Offer};
use crate::model::derived::{self, Derived, Named};
use crate::model::form::{Field, Form};

/// The implementations of a checked type.
pub(crate) fn expand(derived: &Derived) -> TokenStream {
    match derived {
        Derived::Form(form) => of_form(form),
        Derived::Choice(choice) => of_choice(choice),
    }
}

fn of_form(form: &Form) -> TokenStream {
    let Named { ident, krate } = &form.named;
    let alias = paths::alias(krate.as_ref());
    let subject = format!("form `{}`", ident.unraw());
    let comparisons = form.fields.iter().flat_map(|field| &field.rules.comparisons);
    let assertions = comparisons.map(|comparison| limits::assertion(&subject, comparison));
    let locals: Vec<Ident> = form.fields.iter().map(|field| local(&field.ident)).collect();
    let names = form.fields.iter().map(|field| &field.ident);
    let fields = form.fields.iter().map(field);
    quote_spanned! {here()=>
        const _: () = {
            #alias
            #(#assertions)*
            #[automatically_derived]
            impl __mcp::Elicit for #ident {
                fn schema() -> __mcp::Schema {
                    __mcp::form_schema::<Self>()
                }

                fn read(
                    content: &__mcp::Content,
                ) -> ::core::result::Result<Self, ::std::string::String> {
                    __mcp::read_form(content)
                }
            }

            #[automatically_derived]
            impl __mcp::Fill for #ident {
                fn fill(fields: &mut impl __mcp::Fields) -> ::core::option::Option<Self> {
                    #(let #locals = fields.field(#fields);)*
                    ::core::option::Option::Some(Self { #(#names: #locals?),* })
                }
            }
        };
    }
}

/// A field with everything that is advertised and enforced.
fn field(field: &Field) -> TokenStream {
    let name = literal(&field.name, field.name_span);
    let ty = &field.ty;
    let title = field.title.as_ref().map(|title| quote!(.title(#title)));
    let describe = field.description.as_ref().map(|text| quote!(.describe(#text)));
    let made = at(ty.span(), |here| quote_spanned!(here=> __mcp::field::<#ty>(#name)));
    let made = quote!(#made #title #describe);
    if field.rules.list.is_empty() {
        return made;
    }
    let limits = limits::statements(&field.rules.list, "field", "FieldSpec");
    quote_spanned! {here()=>
        {
            let field = #made;
            #(#limits)*
            field
        }
    }
}

fn of_choice(choice: &Choice) -> TokenStream {
    let Named { ident, krate } = &choice.named;
    let alias = paths::alias(krate.as_ref());
    let enum_names = choice.enum_names;
    let offers = choice.offers.iter().map(offer);
    quote_spanned! {here()=>
        const _: () = {
            #alias
            #[automatically_derived]
            impl __mcp::Choice for #ident {
                const OFFERS: &'static [__mcp::Offer<Self>] = &[#(#offers),*];
                const ENUM_NAMES: bool = #enum_names;
            }
        };
    }
}

fn offer(offer: &Offer) -> TokenStream {
    let ident = &offer.ident;
    let name = literal(&offer.name, offer.name_span);
    let title = offer.title.as_ref().map(|title| quote!(.title(#title)));
    quote_spanned! {here()=>
        __mcp::Offer::new(
            #name,
            || Self::#ident {},
            |value| ::core::matches!(value, Self::#ident {}),
        )
        #title
    }
}

/// Output for an invalid type: an empty implementation of the trait it was meant to have. The
/// mistake is then the only error.
pub(crate) fn fallback(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let alias = paths::alias(derived::krate(input).as_ref());
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let bounds = bounds.map_or_else(
        || quote!(where Self: ::core::marker::Send + 'static),
        |bounds| quote!(#bounds, Self: ::core::marker::Send + 'static),
    );
    let stub = match &input.data {
        Data::Enum(_) => quote_spanned! {here()=>
            #[automatically_derived]
            impl #generics __mcp::Choice for #ident #arguments #bounds {
                const OFFERS: &'static [__mcp::Offer<Self>] = &[];
                const ENUM_NAMES: bool = false;
            }
        },
        _ => quote_spanned! {here()=>
            #[automatically_derived]
            impl #generics __mcp::Elicit for #ident #arguments #bounds {
                fn schema() -> __mcp::Schema {
                    ::core::unreachable!()
                }

                fn read(
                    _: &__mcp::Content,
                ) -> ::core::result::Result<Self, ::std::string::String> {
                    ::core::unreachable!()
                }
            }
        },
    };
    quote_spanned! {here()=>
        const _: () = {
            #alias
            #stub
        };
    }
}

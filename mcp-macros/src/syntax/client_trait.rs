//! A trait, with the bodies of its methods left opaque.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Generics, Token, TraitItem, TypeParamBound, Visibility, WhereClause};

use super::function::{self, Function};

/// A trait.
#[derive(Clone)]
pub(crate) struct ClientTrait {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) unsafety: Option<Token![unsafe]>,
    pub(crate) trait_token: Token![trait],
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) supertraits: Option<Supertraits>,
    pub(crate) where_clause: Option<WhereClause>,
    pub(crate) items: Vec<Item>,
}

/// An item of a trait.
#[derive(Clone)]
pub(crate) enum Item {
    Method(Box<Function>),
    Other(Box<TraitItem>),
}

impl Parse for ClientTrait {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let unsafety = input.parse()?;
        let trait_token = input.parse()?;
        let ident = input.parse()?;
        let generics = input.parse()?;
        let supertraits = parse_supertraits(input)?;
        let where_clause = input.parse()?;
        let content;
        syn::braced!(content in input);
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self {
            attributes,
            visibility,
            unsafety,
            trait_token,
            ident,
            generics,
            supertraits,
            where_clause,
            items,
        })
    }
}

type Supertraits = (Token![:], Punctuated<TypeParamBound, Token![+]>);

fn parse_supertraits(input: ParseStream<'_>) -> syn::Result<Option<Supertraits>> {
    let Some(colon) = input.parse()? else { return Ok(None) };
    let mut bounds = Punctuated::new();
    while !input.peek(Token![where]) && !input.peek(syn::token::Brace) {
        bounds.push_value(input.parse()?);
        if !input.peek(Token![+]) {
            break;
        }
        bounds.push_punct(input.parse()?);
    }
    Ok(Some((colon, bounds)))
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if function::is_next(input) {
            return Ok(Self::Method(input.parse()?));
        }
        Ok(Self::Other(input.parse()?))
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Method(method) => method.to_tokens(tokens),
            Self::Other(item) => item.to_tokens(tokens),
        }
    }
}

impl ClientTrait {
    /// The methods of the trait.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &Function> {
        self.items.iter().filter_map(|item| match item {
            Item::Method(method) => Some(&**method),
            Item::Other(_) => None,
        })
    }

    /// The trait without our attributes, with `change` applied to each method.
    pub(crate) fn with_methods(&self, mut change: impl FnMut(&mut Function)) -> Self {
        let mut item = self.clone();
        item.attributes.retain(|attribute| !function::is_ours(attribute));
        for item in &mut item.items {
            if let Item::Method(method) = item {
                **method = method.without_ours();
                method.remove_conditional_components();
                change(method);
            }
        }
        item
    }
}

impl ToTokens for ClientTrait {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, unsafety, trait_token, ident, generics, .. } = self;
        let Self { where_clause, items, .. } = self;
        let supertraits = self.supertraits.as_ref().map(|(colon, bounds)| quote!(#colon #bounds));
        tokens.append_all(quote! {
            #(#attributes)*
            #visibility #unsafety #trait_token #ident #generics #supertraits #where_clause {
                #(#items)*
            }
        });
    }
}

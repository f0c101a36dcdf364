//! A module, with the bodies of its functions left opaque.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Token, Visibility};

use super::function::{self, Function};

/// A module with its items.
#[derive(Clone)]
pub(crate) struct ServerMod {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) mod_token: Token![mod],
    pub(crate) ident: Ident,
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) items: Vec<Item>,
}

/// An item of a module.
#[derive(Clone)]
pub(crate) enum Item {
    Function(Box<Function>),
    Other(Box<syn::Item>),
}

impl Parse for ServerMod {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let mod_token = input.parse()?;
        let ident = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error("write the module's body here, in braces"));
        }
        let content;
        syn::braced!(content in input);
        let inner_attributes = content.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self { attributes, visibility, mod_token, ident, inner_attributes, items })
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if function::is_next(input) {
            return Ok(Self::Function(input.parse()?));
        }
        Ok(Self::Other(input.parse()?))
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Other(item) => item.to_tokens(tokens),
        }
    }
}

impl ServerMod {
    /// The module with more items at its end.
    pub(crate) fn with(&self, more: TokenStream) -> TokenStream {
        let Self { attributes, visibility, mod_token, ident, inner_attributes, items } = self;
        let mut tokens = TokenStream::new();
        tokens.append_all(quote! {
            #(#attributes)*
            #visibility #mod_token #ident {
                #(#inner_attributes)*
                #(#items)*
                #more
            }
        });
        tokens
    }
}

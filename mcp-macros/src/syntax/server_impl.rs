//! An `impl` block, with the bodies of its functions left opaque.

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, ImplItem, Path, Token, Type, WhereClause};

use super::function::{self, Function};

/// An `impl` block.
#[derive(Clone)]
pub(crate) struct ServerImpl {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) impl_token: Token![impl],
    pub(crate) generics: Generics,
    /// The trait of `impl Trait for Type`.
    pub(crate) of_trait: Option<Path>,
    pub(crate) self_type: Type,
    pub(crate) where_clause: Option<WhereClause>,
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) items: Vec<Item>,
}

/// An item of an `impl` block.
#[derive(Clone)]
pub(crate) enum Item {
    Function(Box<Function>),
    Other(Box<ImplItem>),
}

impl Parse for ServerImpl {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let impl_token = input.parse()?;
        let generics = if input.peek(Token![<]) && !input.peek2(Token![Self]) {
            input.parse()?
        } else {
            Generics::default()
        };
        let (of_trait, self_type) = parse_target(input)?;
        let where_clause = input.parse()?;
        let content;
        syn::braced!(content in input);
        let inner_attributes = content.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self {
            attributes,
            impl_token,
            generics,
            of_trait,
            self_type,
            where_clause,
            inner_attributes,
            items,
        })
    }
}

fn parse_target(input: ParseStream<'_>) -> syn::Result<(Option<Path>, Type)> {
    let first: Type = input.parse()?;
    if input.parse::<Option<Token![for]>>()?.is_none() {
        return Ok((None, first));
    }
    match first {
        Type::Path(path) if path.qself.is_none() => Ok((Some(path.path), input.parse()?)),
        other => Err(syn::Error::new_spanned(other, "expected a trait")),
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

impl ServerImpl {
    /// The block as the compiler sees it: without our attributes.
    pub(crate) fn without_ours(&self) -> Self {
        let mut block = self.clone();
        for item in &mut block.items {
            if let Item::Function(function) = item {
                let is_conditional = function.conditional_component().is_some();
                if function.take_component().is_some() || is_conditional {
                    **function = function.without_ours();
                    function.remove_conditional_components();
                }
            }
        }
        block
    }
}

impl ToTokens for ServerImpl {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, impl_token, generics, self_type, .. } = self;
        let Self { where_clause, inner_attributes, items, .. } = self;
        let of_trait = self.of_trait.as_ref().map(|path| quote!(#path for));
        tokens.append_all(quote! {
            #(#attributes)*
            #impl_token #generics #of_trait #self_type #where_clause {
                #(#inner_attributes)*
                #(#items)*
            }
        });
    }
}

//! A function, with its body left opaque.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Meta, Pat, PatType, Signature, Token, Type, Visibility, parse_quote};

use super::kind::Kind;
use super::{docs, message};

/// A function, free or in an `impl` block.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The block, or the semicolon of a function without one.
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        Ok(Self { attributes, visibility, signature, body: parse_body(input)? })
    }
}

fn parse_body(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if input.peek(syn::token::Brace) || input.peek(Token![;]) {
        return Ok(input.parse::<TokenTree>()?.into());
    }
    Err(input.error("expected the body of the function"))
}

/// Returns `true` if the next item is a function.
pub(crate) fn is_next(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer).is_ok()
        && ahead.parse::<Visibility>().is_ok()
        && ahead.parse::<Signature>().is_ok()
        && (ahead.peek(syn::token::Brace) || ahead.peek(Token![;]))
}

/// The keyword of an item: `struct`, `impl`, `mod`…
pub(crate) fn kind(item: &TokenStream) -> Option<Ident> {
    const KINDS: [&str; 12] = [
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "mod",
        "type",
        "static",
        "use",
        "macro_rules",
        "const",
    ];
    let words: Vec<Ident> = item
        .clone()
        .into_iter()
        .take_while(|token| {
            !matches!(token, TokenTree::Group(group)
            if group.delimiter() == proc_macro2::Delimiter::Brace)
        })
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        })
        .collect();
    words
        .iter()
        .find(|word| *word == "fn")
        .cloned()
        .or_else(|| words.into_iter().find(|word| KINDS.contains(&word.to_string().as_str())))
}

impl Function {
    /// The function as the compiler sees it: without our attributes, and without doc comments on
    /// parameters, which Rust does not allow.
    pub(crate) fn without_ours(&self) -> Self {
        let mut function = self.clone();
        let asked_about = message::names(&function.signature);
        function
            .attributes
            .retain(|attribute| !is_ours(attribute) && Kind::of(attribute).is_none());
        for input in &mut function.signature.inputs {
            let is_asked_about = name(input).is_some_and(|name| asked_about.contains(&name));
            let attributes = match input {
                FnArg::Receiver(receiver) => &mut receiver.attrs,
                FnArg::Typed(parameter) => &mut parameter.attrs,
            };
            attributes.retain(|attribute| !docs::is_doc(attribute) && !is_ours(attribute));
            if is_asked_about {
                attributes.push(parse_quote!(#[allow(unused_variables)]));
            }
            if let FnArg::Typed(parameter) = input {
                bind_state(parameter);
            }
        }
        function
    }

    /// Removes and returns the first component attribute, such as `#[tool(…)]`.
    pub(crate) fn take_component(&mut self) -> Option<(Kind, Attribute)> {
        let kinds = self.attributes.iter().map(Kind::of).enumerate();
        let (index, kind) = kinds.filter_map(|(index, kind)| Some((index, kind?))).next()?;
        Some((kind, self.attributes.remove(index)))
    }

    /// The first component attribute inside a `cfg_attr`.
    pub(crate) fn conditional_component(&self) -> Option<(Kind, &Attribute)> {
        self.attributes
            .iter()
            .find_map(|attribute| Some((Kind::behind_condition(attribute)?, attribute)))
    }

    /// Removes component attributes inside a `cfg_attr`, which are reported as mistakes.
    pub(crate) fn remove_conditional_components(&mut self) {
        self.attributes.retain(|attribute| Kind::behind_condition(attribute).is_none());
    }

    /// The first component attribute.
    pub(crate) fn component(&self) -> Option<(Kind, &Attribute)> {
        self.attributes.iter().find_map(|attribute| Some((Kind::of(attribute)?, attribute)))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, signature, body } = self;
        tokens.append_all(quote!(#(#attributes)* #visibility #signature #body));
    }
}

/// Replaces `State(db): State<Db>` by `db: State<Db>`.
///
/// The field of `State` is private, so that `state.0` is the field of the value inside. No pattern can
/// name it.
fn bind_state(parameter: &mut PatType) {
    if is_foreign_state(&parameter.ty) {
        return;
    }
    let mut pattern = &*parameter.pat;
    while let Pat::Reference(reference) = pattern {
        pattern = &reference.pat;
    }
    if let Pat::TupleStruct(of) = pattern
        && of.path.segments.last().is_some_and(|last| last.ident == "State")
        && of.elems.len() == 1
    {
        *parameter.pat = of.elems[0].clone();
    }
}

/// Returns `true` for a type `State` without arguments, which is not the runtime's.
fn is_foreign_state(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "State" && last.arguments.is_empty()),
        Type::Reference(reference) => is_foreign_state(&reference.elem),
        Type::Group(group) => is_foreign_state(&group.elem),
        _ => false,
    }
}

/// The name of a parameter, unless it is a pattern.
fn name(input: &FnArg) -> Option<String> {
    match input {
        FnArg::Typed(PatType { pat, .. }) => match &**pat {
            Pat::Ident(name) => Some(name.ident.unraw().to_string()),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

/// Returns `true` for `#[arg(…)]`.
pub(crate) fn is_arg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("arg")
}

/// Returns `true` for `#[ask(…)]`.
pub(crate) fn is_ask(attribute: &Attribute) -> bool {
    attribute.path().is_ident("ask")
}

/// Returns `true` for an attribute of parameters.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    is_arg(attribute) || is_ask(attribute)
}

/// The tokens between the parentheses of an attribute.
pub(crate) fn contents(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) => TokenStream::new(),
        Meta::NameValue(pair) => {
            let value = &pair.value;
            quote!(= #value)
        }
    }
}

//! Facts about a type that its tokens show. An alias may hide them.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, Type};

/// The primitive types of the language. A generated type must not have one of these names.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
    "u128", "usize", "f32", "f64",
];

/// Returns `true` for the name of a primitive type.
pub(crate) fn is_primitive(name: &str) -> bool {
    PRIMITIVES.contains(&name)
}

/// Returns `true` for a type that is written as a primitive number.
pub(crate) fn is_number(ty: &Type) -> bool {
    path_name(ty).is_some_and(|name| {
        is_primitive(&name) && !matches!(name.as_str(), "bool" | "char" | "str")
    })
}

/// The JSON type of a Rust type, known for types of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonType {
    Integer,
    Number,
    Boolean,
    String,
    Array,
}

impl JsonType {
    /// The JSON type for a type, by its name.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        let ty = unwrapped(ty);
        if let Type::Slice(_) | Type::Array(_) | Type::Tuple(_) = ty {
            return Some(Self::Array);
        }
        match path_name(ty)?.as_str() {
            "bool" => Some(Self::Boolean),
            "f32" | "f64" => Some(Self::Number),
            "str" | "char" | "String" => Some(Self::String),
            "Vec" => Some(Self::Array),
            name if is_primitive(name) => Some(Self::Integer),
            _ => None,
        }
    }

    /// Its name in a schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Array => "array",
        }
    }
}

/// Returns `true` for a type that is written as an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    path_name(ty).is_some_and(|name| name == "Option")
}

/// Removes references, `Option`, `Cow` and `Box` around a type.
fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => unwrapped(&reference.elem),
        Type::Paren(inner) => unwrapped(&inner.elem),
        Type::Group(inner) => unwrapped(&inner.elem),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return ty };
            let wraps = last.ident == "Option" || last.ident == "Cow" || last.ident == "Box";
            match &last.arguments {
                PathArguments::AngleBracketed(list) if wraps => {
                    let mut types = list.args.iter().filter_map(|argument| match argument {
                        GenericArgument::Type(inner) => Some(inner),
                        _ => None,
                    });
                    types.next().map_or(ty, unwrapped)
                }
                _ => ty,
            }
        }
        _ => ty,
    }
}

fn path_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Group(inner) => path_name(&inner.elem),
        _ => None,
    }
}

/// The first `impl` in a type.
pub(crate) fn impl_keyword(ty: &impl ToTokens) -> Option<Ident> {
    find_word(ty.to_token_stream(), &|word| word == "impl")
}

/// The first `&` or lifetime in a type, except `'static`.
pub(crate) fn borrow(ty: &impl ToTokens) -> Option<TokenStream> {
    find_borrow(ty.to_token_stream())
}

fn find_borrow(tokens: TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '&' => return Some(quote!(#mark)),
            TokenTree::Punct(quote) if quote.as_char() == '\'' => match tokens.next() {
                Some(name) if name.to_string() != "static" => return Some(quote!(#quote #name)),
                _ => {}
            },
            TokenTree::Group(group) => {
                if let Some(found) = find_borrow(group.stream()) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns `true` for a type that is written as a future.
pub(crate) fn is_future(ty: &Type) -> bool {
    find_word(ty.to_token_stream(), &|word| word == "Future" || word == "BoxFuture").is_some()
}

fn find_word(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if wanted(&word) => Some(word),
        TokenTree::Group(group) => find_word(group.stream(), wanted),
        _ => None,
    })
}

/// Replaces the lifetimes that the function declares by `'_`, so that the type can be written
/// inside another function.
pub(crate) fn elided(ty: &impl ToTokens, declared: &[Ident]) -> TokenStream {
    let mut after_quote = false;
    let elide = |token: TokenTree| {
        let is_lifetime = std::mem::replace(&mut after_quote, is_quote(&token));
        match token {
            TokenTree::Ident(name) if is_lifetime && declared.contains(&name) => {
                Ident::new("_", name.span()).into()
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), elided(&group.stream(), declared));
                inner.set_span(group.span());
                inner.into()
            }
            other => other,
        }
    };
    ty.to_token_stream().into_iter().map(elide).collect()
}

fn is_quote(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '\'')
}

/// The type `()` with a span.
pub(crate) fn unit(span: Span) -> TokenStream {
    let mut unit = Group::new(proc_macro2::Delimiter::Parenthesis, TokenStream::new());
    unit.set_span(span);
    quote!(#unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Type {
        syn::parse_str(text).expect("a type")
    }

    #[test]
    fn json_types_by_name() {
        for (ty, expected) in [
            ("u8", Some("integer")),
            ("Option<f64>", Some("number")),
            ("&'a str", Some("string")),
            ("Cow<'_, str>", Some("string")),
            ("std::vec::Vec<u8>", Some("array")),
            ("[u8; 3]", Some("array")),
            ("bool", Some("boolean")),
            ("Money", None),
            ("&Context", None),
        ] {
            assert_eq!(JsonType::of(&parse(ty)).map(JsonType::name), expected, "{ty}");
        }
    }

    #[test]
    fn declared_lifetimes_are_elided() {
        let declared = [Ident::new("a", Span::call_site())];
        let check = |ty: &str, expected: &str| {
            let elided = elided(&parse(ty), &declared).to_string();
            assert_eq!(elided.replace(' ', ""), expected.replace(' ', ""));
        };
        check("&'a str", "&'_ str");
        check("Cow<'a, [&'static a]>", "Cow<'_, [&'static a]>");
        check("(a, &'b u8)", "(a, &'b u8)");
    }

    #[test]
    fn words_are_found_at_any_depth() {
        assert!(impl_keyword(&parse("Result<(u8, impl Copy), E>")).is_some());
        assert!(impl_keyword(&parse("Result<u8, E>")).is_none());
        assert!(is_future(&parse("Pin<Box<dyn Future<Output = u8> + Send>>")));
        assert!(!is_future(&parse("Futures")));
    }
}

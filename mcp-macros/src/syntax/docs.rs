//! Doc comments as text.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Meta};

use super::keys;

/// The doc comments of an item, if there are any and they are not blank.
pub(crate) enum Docs {
    /// A string literal.
    Text(Literal),
    /// Expressions of the runtime's `DocPart`, because only the compiler can expand
    /// `#[doc = include_str!("…")]`. They may turn out to be blank.
    Macros { parts: Vec<TokenStream>, span: Span },
}

impl Docs {
    /// The docs as written.
    pub(crate) fn of(attributes: &[Attribute]) -> Option<Self> {
        let given: Vec<&Expr> = attributes.iter().filter_map(value).collect();
        let span = given.first()?.span();
        let texts: Vec<Option<String>> = given
            .iter()
            .map(|expr| keys::string_literal(expr).map(|text| unstar(&text.value())))
            .collect();
        let all: Vec<&str> = texts.iter().flatten().flat_map(|text| lines(text)).collect();
        let indent = indent(&all);
        if texts.iter().all(Option::is_some) {
            let text = unindented(&all, indent).trim_matches('\n').to_owned();
            return (!text.is_empty()).then(|| Self::Text(literal(&text, span)));
        }
        let part = |(expr, text): (&&Expr, &Option<String>)| match text {
            Some(text) => {
                let text = literal(&unindented(&lines(text).collect::<Vec<_>>(), indent), span);
                quote_spanned!(span=> __mcp::docs::DocPart::Plain(#text))
            }
            None => quote_spanned!(span=> __mcp::docs::DocPart::Indented(#expr)),
        };
        Some(Self::Macros { parts: given.iter().zip(&texts).map(part).collect(), span })
    }

    /// The docs as a title: the first paragraph, on one line.
    pub(crate) fn title(attributes: &[Attribute]) -> Option<TokenStream> {
        let docs = Self::of(attributes)?;
        let Self::Text(literal) = &docs else { return Some(docs.into_expr()) };
        let text: syn::LitStr = syn::parse2(literal.to_token_stream()).ok()?;
        let value = text.value();
        let paragraph = value.lines().map(str::trim).take_while(|line| !line.is_empty());
        let title = paragraph.collect::<Vec<_>>().join(" ");
        Some(self::literal(&title, text.span()).into_token_stream())
    }

    /// The text as a constant expression, an empty string if it is blank.
    pub(crate) fn into_expr(self) -> TokenStream {
        self.into_expr_with(|_| TokenStream::new())
    }

    /// The text as a constant expression. Blank text is a compile error.
    pub(crate) fn into_required_expr(self, error: &str) -> TokenStream {
        self.into_expr_with(
            |span| quote_spanned!(span=> const _: () = ::core::assert!(__MCP_LENGTH > 0, #error);),
        )
    }

    fn into_expr_with(self, check: impl FnOnce(Span) -> TokenStream) -> TokenStream {
        let (parts, span) = match self {
            Self::Text(text) => return text.into_token_stream(),
            Self::Macros { parts, span } => (parts, span),
        };
        let check = check(span);
        // No name of the user's expressions is shadowed, because macros in doc attributes are given
        // literals only.
        quote_spanned! {span.resolved_at(Span::mixed_site())=>
            {
                const __MCP_PARTS: &[__mcp::docs::DocPart] = &[#(#parts),*];
                const __MCP_LENGTH: usize = __mcp::docs::length(__MCP_PARTS);
                #check
                const __MCP_BYTES: [u8; __MCP_LENGTH] = __mcp::docs::bytes(__MCP_PARTS);
                __mcp::docs::text(&__MCP_BYTES)
            }
        }
    }
}

fn literal(text: &str, span: Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    literal
}

/// Returns `true` for a doc comment or `#[doc = …]`.
pub(crate) fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

fn value(attribute: &Attribute) -> Option<&Expr> {
    match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(&doc.value),
        _ => None,
    }
}

/// Removes the column of stars of a block comment, `/** … */`.
fn unstar(part: &str) -> String {
    let starred = part.lines().skip(1).all(|line| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with('*')
    });
    if !part.contains('\n') || !starred {
        return part.to_owned();
    }
    let strip = |line: &str| line.trim_start().strip_prefix('*').unwrap_or(line).to_owned();
    part.lines().map(strip).collect::<Vec<_>>().join("\n")
}

/// The lines of one doc attribute. An empty one is a blank line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n')
}

/// Common indentation of the lines that are not blank.
fn indent(lines: &[&str]) -> usize {
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0)
}

/// Removes indentation, and blanks at the ends of lines.
fn unindented(lines: &[&str], indent: usize) -> String {
    let unindent = |line: &&str| line.get(indent..).unwrap_or("").trim_end().to_owned();
    lines.iter().map(unindent).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    fn check(attributes: &[Attribute], expected: Option<&str>) {
        let found = Docs::of(attributes).map(|docs| docs.into_expr().to_string());
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn lines_are_joined_and_unindented() {
        let attributes: [Attribute; 3] = [
            parse_quote!(#[doc = " Add."]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = "   Indented."]),
        ];
        check(&attributes, Some(r#""Add.\n\n  Indented.""#));
    }

    #[test]
    fn block_comments_lose_their_stars() {
        check(
            &[parse_quote!(#[doc = "\n     * Add.\n     * Twice.\n     "])],
            Some(r#""Add.\nTwice.""#),
        );
    }

    #[test]
    fn blank_and_absent_are_nothing() {
        check(&[], None);
        check(&[parse_quote!(#[doc = "  "])], None);
        check(&[parse_quote!(#[doc(hidden)])], None);
    }

    #[test]
    fn line_breaks_and_tabs_are_indentation() {
        check(&[parse_quote!(#[doc = "\tAdd.\r\n\t Twice.\r\n"])], Some(r#""Add.\n Twice.""#));
    }

    #[test]
    fn literals_of_macro_variables_are_text() {
        let group = |tokens| Group::new(Delimiter::None, tokens).into_token_stream();
        let text = group(quote!("Add."));
        check(&[parse_quote!(#[doc = #text])], Some(r#""Add.""#));
    }

    #[test]
    fn macros_are_parts() {
        let docs = Docs::of(&[
            parse_quote!(#[doc = "   Add."]),
            parse_quote!(#[doc = include_str!("add.md")]),
            parse_quote!(#[doc = "  Twice."]),
        ]);
        let Some(Docs::Macros { parts, .. }) = docs else { panic!("expected macros") };
        let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(
            parts,
            [
                r#"__mcp :: docs :: DocPart :: Plain (" Add.")"#,
                r#"__mcp :: docs :: DocPart :: Indented (include_str ! ("add.md"))"#,
                r#"__mcp :: docs :: DocPart :: Plain ("Twice.")"#,
            ]
        );
    }

    #[test]
    fn a_title_is_the_first_paragraph() {
        let title = |attributes: &[Attribute]| {
            Docs::title(attributes).map(|title| title.to_string()).unwrap_or_default()
        };
        assert_eq!(title(&[]), "");
        let attributes: [Attribute; 4] = [
            parse_quote!(#[doc = " In the"]),
            parse_quote!(#[doc = " garden"]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " More."]),
        ];
        assert_eq!(title(&attributes), r#""In the garden""#);
    }
}

//! Doc comments as text.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, Meta};

use super::keys;

/// An expression for the text of the doc comments, or `None` if there are none or they are blank.
///
/// `#[doc = include_str!("…")]` stays a macro call, because only the compiler can expand it.
pub(crate) fn text(attributes: &[Attribute]) -> Option<TokenStream> {
    let parts: Vec<&Expr> = attributes.iter().filter_map(value).collect();
    let first = parts.first()?;
    let lines: Option<Vec<String>> = parts.iter().copied().map(literal).collect();
    let Some(lines) = lines else {
        return Some(quote!(::core::concat!(#(#parts, "\n"),*)));
    };
    let text = unindent(&lines.iter().map(|part| unstar(part)).collect::<Vec<_>>().join("\n"));
    if text.is_empty() {
        return None;
    }
    let mut text = Literal::string(&text);
    text.set_span(syn::spanned::Spanned::span(first));
    Some(text.into_token_stream())
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

fn literal(expr: &Expr) -> Option<String> {
    keys::string_literal(expr).map(|text| text.value())
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

/// Removes common indentation, and blank lines at both ends.
fn unindent(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let shared = lines().map(indent).min().unwrap_or(0);
    let lines: Vec<&str> =
        text.lines().map(|line| line.get(shared..).unwrap_or("").trim_end()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn check(attributes: &[Attribute], expected: Option<&str>) {
        assert_eq!(text(attributes).map(|text| text.to_string()).as_deref(), expected);
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
    fn included_files_stay_macro_calls() {
        check(
            &[parse_quote!(#[doc = include_str!("add.md")])],
            Some(r#":: core :: concat ! (include_str ! ("add.md") , "\n")"#),
        );
    }
}

//! The keys of an attribute: `flag`, `key = EXPR` and `key(…)`, separated by commas.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token, Type};

use crate::errors::Errors;
use crate::suggest;

/// One key of an attribute.
pub(crate) struct Key {
    /// The key itself.
    pub(crate) name: Ident,
    /// The value, if any.
    pub(crate) value: Value,
}

/// The value of a key.
pub(crate) enum Value {
    /// `key`
    Flag,
    /// `key = EXPR`
    Is(Box<Expr>),
    /// `key = TYPE`, for the keys in [`TYPE_KEYS`]
    Type(Box<Type>),
    /// `key(…)`
    List(Group),
}

/// Keys whose value is a type.
const TYPE_KEYS: [&str; 1] = ["output_schema"];

/// Parses the known keys, each at most once. Everything else is reported.
pub(crate) fn parse(tokens: TokenStream, known: &[&str], errors: &mut Errors) -> Vec<Key> {
    parse_beside(tokens, known, &[], errors)
}

/// Parses the known keys, and keys of other attributes, for which the caller has a better message
/// than "unknown key".
pub(crate) fn parse_beside(
    tokens: TokenStream,
    known: &[&str],
    foreign: &[&str],
    errors: &mut Errors,
) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for key in parse_any(tokens, errors) {
        let name = key.text_of_name();
        if !known.contains(&name.as_str()) && !foreign.contains(&name.as_str()) {
            errors.at(&key.name, suggest::unknown_key(&name, known));
        } else if keys.iter().any(|other| other.name == key.name) {
            errors.at(&key.name, format!("`{name}` is given twice; keep one"));
        } else {
            keys.push(key);
        }
    }
    keys
}

/// Splits a leading string literal from the keys.
pub(crate) fn leading_text(tokens: TokenStream) -> (Option<LitStr>, TokenStream) {
    let parser = |input: ParseStream<'_>| {
        let text = input.peek(LitStr).then(|| input.parse()).transpose()?;
        if text.is_some() {
            let _: Option<Token![,]> = input.parse()?;
        }
        Ok((text, input.parse()?))
    };
    parser.parse2(tokens.clone()).unwrap_or((None, tokens))
}

/// All keys, known or not.
fn parse_any(tokens: TokenStream, errors: &mut Errors) -> Vec<Key> {
    let parser = |input: ParseStream<'_>| {
        let mut keys = Vec::new();
        while !input.is_empty() {
            match parse_key(input) {
                Ok(key) => keys.push(key),
                Err(error) => {
                    errors.syntax(&error);
                    skip_to_comma(input)?;
                }
            }
            let _: Option<Token![,]> = input.parse()?;
        }
        Ok(keys)
    };
    parser.parse2(tokens).unwrap_or_default()
}

fn parse_key(input: ParseStream<'_>) -> syn::Result<Key> {
    let attempt = input.fork();
    let name = attempt
        .call(Ident::parse_any)
        .map_err(|_| input.error("expected a key; write `key`, `key = value` or `key(…)`"))?;
    let value = if attempt.parse::<Option<Token![=]>>()?.is_some() {
        if attempt.is_empty() || attempt.peek(Token![,]) {
            return Err(syn::Error::new(
                name.span(),
                format!("`{name}` has no value; write one after the `=`"),
            ));
        }
        match TYPE_KEYS.iter().any(|key| name == key) {
            true => Value::Type(attempt.parse().map_err(|error: syn::Error| {
                let message = format!("`{name}` takes a type, as in `{name} = Forecast`");
                syn::Error::new(error.span(), message)
            })?),
            false => Value::Is(attempt.parse()?),
        }
    } else if attempt.peek(syn::token::Paren) {
        Value::List(attempt.parse()?)
    } else {
        Value::Flag
    };
    if !attempt.is_empty() && !attempt.peek(Token![,]) {
        return Err(attempt.error(format!("expected `,` after `{name}`")));
    }
    syn::parse::discouraged::Speculative::advance_to(input, &attempt);
    Ok(Key { name, value })
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

impl Key {
    /// The key as text, without the `r#` of a raw identifier.
    pub(crate) fn text_of_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The value of a boolean key: `key`, `key = true` or `key = false`.
    pub(crate) fn boolean(&self, errors: &mut Errors) -> Option<bool> {
        match &self.value {
            Value::Flag => Some(true),
            Value::Is(expr) => match ungrouped(expr) {
                Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) => Some(value.value),
                other => self.wrong(other, "`true` or `false`", errors),
            },
            Value::Type(other) => self.wrong(other, "`true` or `false`", errors),
            Value::List(list) => self.wrong(list, "`true` or `false`", errors),
        }
    }

    /// The value of a key that takes a type.
    pub(crate) fn ty(&self, errors: &mut Errors) -> Option<Type> {
        match &self.value {
            Value::Type(ty) => Some((**ty).clone()),
            _ => {
                let name = &self.name;
                errors.at(name, format!("`{name}` needs a type; write `{name} = …`"));
                None
            }
        }
    }

    /// The value of a key that takes a string literal.
    pub(crate) fn string(&self, errors: &mut Errors) -> Option<LitStr> {
        let expr = self.expr(errors)?;
        match string_literal(&expr) {
            Some(text) => Some(text),
            None => self.wrong(&expr, "a string literal", errors),
        }
    }

    /// The value of a key that takes a path, such as that of a function.
    pub(crate) fn path(&self, errors: &mut Errors) -> Option<Path> {
        let expr = self.expr(errors)?;
        let wanted = match ungrouped(&expr) {
            Expr::Path(path) if path.qself.is_none() => return Some(path.path.clone()),
            Expr::Call(call) => match ungrouped(&call.func) {
                Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
                _ => None,
            },
            other => string_literal(other).and_then(|text| text.parse().ok()),
        };
        let Some(wanted) = wanted else { return self.wrong(&expr, "a path", errors) };
        let written = without_blanks(&wanted);
        let instead = match string_literal(&expr) {
            Some(_) => "quotes",
            None => "parentheses",
        };
        let wanted = format!("a path; write `{} = {written}`, without {instead}", self.name);
        self.wrong(&expr, &wanted, errors)
    }

    /// The value of a key that takes an expression.
    pub(crate) fn expr(&self, errors: &mut Errors) -> Option<Expr> {
        match &self.value {
            Value::Is(expr) => Some((**expr).clone()),
            _ => {
                let name = &self.name;
                errors.at(name, format!("`{name}` needs a value; write `{name} = …`"));
                None
            }
        }
    }

    /// The values of a key that takes a list in parentheses.
    pub(crate) fn exprs(&self, errors: &mut Errors) -> Vec<Expr> {
        let name = &self.name;
        let Value::List(list) = &self.value else {
            errors.at(name, format!("`{name}` needs a list; write `{name}(…, …)`"));
            return Vec::new();
        };
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match parser.parse2(list.stream()) {
            Ok(exprs) => exprs.into_iter().collect(),
            Err(error) => {
                errors.syntax(&error);
                Vec::new()
            }
        }
    }

    /// The span of the key.
    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }

    fn wrong<T>(&self, at: impl ToTokens, wanted: &str, errors: &mut Errors) -> Option<T> {
        errors.at(at, format!("`{}` takes {wanted}", self.name));
        None
    }
}

/// The string literal of an expression, if it is one.
pub(crate) fn string_literal(expr: &Expr) -> Option<LitStr> {
    match ungrouped(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

/// The expression without the invisible group of a `macro_rules` variable, such as `$text:literal`.
pub(crate) fn ungrouped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

/// A path as in source code. Tokens print with spaces between them.
fn without_blanks(path: &Path) -> String {
    path.to_token_stream().to_string().split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, names: &[&str], messages: &[&str]) {
        let mut errors = Errors::about("tool `f`");
        let tokens = input.parse().expect("tokens");
        let keys = parse(tokens, &["name", "title", "icons", "crate", "open"], &mut errors);
        let found: Vec<_> = keys.iter().map(Key::text_of_name).collect();
        assert_eq!(found, names, "{input}");
        let messages: Vec<_> = messages.iter().map(|m| format!("tool `f`: {m}")).collect();
        assert_eq!(errors.messages(), messages, "{input}");
    }

    #[test]
    fn all_shapes_of_a_key() {
        check("", &[], &[]);
        check("open", &["open"], &[]);
        check("open, title = \"a\" ,icons(1, 2),", &["open", "title", "icons"], &[]);
        check("title = Map::<A, B>::new(), crate = ::a::b", &["title", "crate"], &[]);
    }

    #[test]
    fn several_mistakes_are_found_together() {
        check(
            "nmae = 1, open, open, titles",
            &["open"],
            &[
                "unknown key `nmae`; did you mean `name`? \
                 (the keys are `name`, `title`, `icons`, `crate`, `open`)",
                "`open` is given twice; keep one",
                "unknown key `titles`; did you mean `title`? \
                 (the keys are `name`, `title`, `icons`, `crate`, `open`)",
            ],
        );
    }

    #[test]
    fn a_broken_value_does_not_hide_the_next_key() {
        check("title = , open", &["open"], &["`title` has no value; write one after the `=`"]);
        check(
            "\"add\", open",
            &["open"],
            &["expected a key; write `key`, `key = value` or `key(…)`"],
        );
        check("title = 1 2, open", &["open"], &["expected `,` after `title`"]);
    }

    #[test]
    fn values_of_the_wrong_kind() {
        let mut errors = Errors::about("f");
        let keys = parse(
            "open = 3, name, title = 1, icons".parse().expect("tokens"),
            &["open", "name", "title", "icons"],
            &mut errors,
        );
        assert_eq!(keys[0].boolean(&mut errors), None);
        assert!(keys[1].string(&mut errors).is_none());
        assert!(keys[2].string(&mut errors).is_none());
        assert!(keys[3].exprs(&mut errors).is_empty());
        assert_eq!(
            errors.messages(),
            [
                "f: `open` takes `true` or `false`",
                "f: `name` needs a value; write `name = …`",
                "f: `title` takes a string literal",
                "f: `icons` needs a list; write `icons(…, …)`",
            ]
        );
    }
}

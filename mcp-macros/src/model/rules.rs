//! The limits of one argument or field: `default`, `min`, `max`, `min_len`, `max_len`, `pattern`,
//! `examples`, `header`, `secret`, `min_items` and `max_items`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use regex_lite::Regex;
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Type};

use super::literal::{Number, is_constant};
use super::types::JsonType;
use super::{name, types};
use crate::errors::Errors;
use crate::syntax::keys::{Key, Value, string_literal};

/// Checked limits of one argument or field.
#[derive(Default)]
pub(crate) struct Rules {
    /// Enforced limits, in the order of the source.
    pub(crate) list: Vec<Rule>,
    /// The argument may be omitted.
    pub(crate) has_default: bool,
    /// Span of the key `examples`, and the examples.
    pub(crate) examples: Option<(Span, Vec<Expr>)>,
    /// Span of the key `header`, and the header name.
    pub(crate) header: Option<(Span, LitStr)>,
    /// Span of the key `secret`, if the value is never shown.
    pub(crate) secret: Option<Span>,
    /// Comparisons of constants, which only the compiler can evaluate.
    pub(crate) comparisons: Vec<ConstComparison>,
}

/// One limit: a method of the runtime's rules, and its arguments.
pub(crate) struct Rule {
    pub(crate) method: Ident,
    pub(crate) arguments: TokenStream,
}

/// `low` must not exceed `high`; at least one of them is the path of a constant.
pub(crate) struct ConstComparison {
    pub(crate) low: Expr,
    pub(crate) high: Expr,
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// Checks the limits of the argument `of`.
pub(crate) fn rules(of: &Ident, ty: &Type, keys: &[Key], errors: &mut Errors) -> Rules {
    let mut limits = Limits { of, ty, values: Vec::new(), bounds: Vec::new(), pattern: None };
    let mut rules = Rules::default();
    for key in keys {
        limits.read(key, &mut rules, errors);
    }
    if let (Some(_), Some((span, _))) = (rules.secret, &rules.header) {
        let message =
            format!("`{of}`: is secret, so it cannot be repeated in a header; drop one of them");
        errors.at_span(*span, message);
    }
    limits.check_bounds(&mut rules.comparisons, errors);
    limits.check_values(&mut rules.comparisons, errors);
    rules
}

/// The limits of one argument, for rules that compare them.
struct Limits<'a> {
    of: &'a Ident,
    ty: &'a Type,
    /// The default and the examples.
    values: Vec<Expr>,
    /// `min`, `max`, `min_len` and the like, with the span of the key.
    bounds: Vec<(String, Span, Expr)>,
    pattern: Option<Regex>,
}

impl Limits<'_> {
    fn read(&mut self, key: &Key, rules: &mut Rules, errors: &mut Errors) {
        let method = key.name.clone();
        match key.text_of_name().as_str() {
            "default" => {
                if let Some(value) = self.default(key, errors) {
                    rules.has_default = true;
                    rules.list.push(Rule { method, arguments: quote!(|| #value) });
                }
            }
            "examples" => {
                let examples = key.exprs(errors);
                self.values.extend(examples.iter().cloned());
                rules.examples = Some((key.span(), examples));
            }
            "pattern" => {
                if let Some(text) = self.pattern(key, errors) {
                    rules.list.push(Rule { method, arguments: quote!(#text) });
                }
            }
            "header" => rules.header = self.header(key, errors).map(|text| (key.span(), text)),
            "secret" => {
                rules.secret = key.boolean(errors).filter(|yes| *yes).map(|_| key.span());
            }
            bound => {
                if let Some(expr) = key.expr(errors) {
                    rules.list.push(Rule { method, arguments: quote!(#expr) });
                    self.bounds.push((bound.to_owned(), key.span(), expr));
                }
            }
        }
    }

    fn default(&mut self, key: &Key, errors: &mut Errors) -> Option<TokenStream> {
        if let Value::Flag = key.value {
            return Some(quote_spanned!(key.span()=> ::core::default::Default::default()));
        }
        let expr = key.expr(errors)?;
        if types::is_option(self.ty) && is_literal(&expr) {
            let of = self.of;
            let message = format!("`{of}`: is an `Option` with a default; drop the `Option`");
            errors.at(&expr, message);
            return None;
        }
        let value = converted(&expr);
        self.values.push(expr);
        Some(value)
    }

    fn pattern(&mut self, key: &Key, errors: &mut Errors) -> Option<LitStr> {
        let text = key.string(errors)?;
        match Regex::new(&text.value()) {
            Ok(pattern) => self.pattern = Some(pattern),
            Err(error) => errors.at(
                &text,
                format!("`{}`: not a regular expression: {error}; write a valid one", self.of),
            ),
        }
        Some(text)
    }

    fn header(&self, key: &Key, errors: &mut Errors) -> Option<LitStr> {
        let text = key.string(errors)?;
        let value = text.value();
        if !name::is_token(&value) {
            errors.at(
                &text,
                format!(
                    "`{}`: {value:?} is not the name of a header; use letters, digits and `-`",
                    self.of
                ),
            );
        }
        Some(text)
    }

    /// Reports a lower bound above its upper bound.
    fn check_bounds(&self, comparisons: &mut Vec<ConstComparison>, errors: &mut Errors) {
        for (low, high) in [("min", "max"), ("min_len", "max_len"), ("min_items", "max_items")] {
            if let (Some(low), Some(high)) = (self.bound(low), self.bound(high)) {
                let message =
                    format!("`{}`: `{}` is more than `{}`; swap them", self.of, low.0, high.0);
                self.compare(&low.2, &high.2, low.1, message, comparisons, errors);
            }
        }
    }

    /// Reports a default or an example outside the bounds.
    fn check_values(&self, comparisons: &mut Vec<ConstComparison>, errors: &mut Errors) {
        for value in &self.values {
            if let Some((_, _, min)) = self.bound("min") {
                self.compare(min, value, value.span(), self.outside("min"), comparisons, errors);
            }
            if let Some((_, _, max)) = self.bound("max") {
                self.compare(value, max, value.span(), self.outside("max"), comparisons, errors);
            }
            if let Some(text) = string_literal(value) {
                self.reject_text(&text, errors);
                self.check_text(&text, errors);
            }
        }
    }

    /// Reports a string for a type that is visibly something else. The compiler checks other
    /// values.
    fn reject_text(&self, text: &LitStr, errors: &mut Errors) {
        if let Some(wanted) = JsonType::of(self.ty).filter(|kind| *kind != JsonType::String) {
            let wanted = wanted.name();
            let message = format!(
                "`{}`: this value is a string, but the type is `{wanted}`; write a value of that \
                 type",
                self.of
            );
            errors.at(text, message);
        }
    }

    fn check_text(&self, text: &LitStr, errors: &mut Errors) {
        let length = i128::try_from(text.value().chars().count()).unwrap_or(i128::MAX);
        let length = Number::Integer(length);
        let limit = |name| self.bound(name).and_then(|(_, _, limit)| Number::of(limit));
        if limit("min_len").is_some_and(|min| length < min) {
            errors.at(text, self.outside("min_len"));
        }
        if limit("max_len").is_some_and(|max| length > max) {
            errors.at(text, self.outside("max_len"));
        }
        if self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&text.value())) {
            errors.at(text, self.outside("pattern"));
        }
    }

    fn bound(&self, name: &str) -> Option<&(String, Span, Expr)> {
        self.bounds.iter().find(|(key, ..)| key == name)
    }

    fn outside(&self, bound: &str) -> String {
        format!("`{}`: this value breaks its own `{bound}`; change one of them", self.of)
    }

    /// Compares literals, and leaves constants to the compiler.
    fn compare(
        &self,
        low: &Expr,
        high: &Expr,
        span: Span,
        message: String,
        comparisons: &mut Vec<ConstComparison>,
        errors: &mut Errors,
    ) {
        let known = |expr| Number::of(expr).is_some() || is_constant(expr);
        match (Number::of(low), Number::of(high)) {
            (Some(low), Some(high)) if low > high => errors.at_span(span, message),
            (Some(_), Some(_)) => {}
            _ if known(low) && known(high) && types::is_number(self.ty) => {
                let (low, high) = (low.clone(), high.clone());
                comparisons.push(ConstComparison { low, high, span, message });
            }
            _ => {}
        }
    }
}

/// Returns `true` for a string or number literal.
fn is_literal(expr: &Expr) -> bool {
    string_literal(expr).is_some() || Number::of(expr).is_some()
}

/// Adds `.into()` to a string literal, for types such as `String` and `Cow`.
fn converted(expr: &Expr) -> TokenStream {
    match string_literal(expr) {
        Some(text) => quote_spanned!(text.span()=> ::core::convert::Into::into(#text)),
        None => quote!(#expr),
    }
}

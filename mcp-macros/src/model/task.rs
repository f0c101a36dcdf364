//! `task` and the keys beside it: a tool that runs as a task.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit};

use super::{caching, item};
use crate::errors::Errors;
use crate::suggest;
use crate::syntax::function::Function;
use crate::syntax::keys::{self, Key, Value};

const SUPPORT: [&str; 2] = ["optional", "required"];

/// Keys of a tool that runs as a task.
#[derive(Default)]
pub(crate) struct Task {
    /// `true` if the tool runs only as a task; absent if it never does.
    pub(crate) required: Option<bool>,
    /// Key `task`.
    span: Option<Span>,
    /// Lifetime in milliseconds; `None` in it for no end.
    pub(crate) ttl: Option<Option<u64>>,
    pub(crate) poll_interval: Option<u64>,
    pub(crate) attempts: Option<(Span, Expr)>,
    /// Keys that need the key `task`.
    beside: Vec<(String, Span)>,
}

impl Task {
    pub(crate) fn read(&mut self, key: &Key, errors: &mut Errors) {
        let name = key.text_of_name();
        if name == "task" {
            self.span = Some(key.span());
            self.required = required(key, errors);
            return;
        }
        match name.as_str() {
            "ttl" => self.ttl = caching::duration_or_none(key, errors),
            "poll_interval" => self.poll_interval = caching::duration(key, errors),
            _ => self.attempts = attempts(key, errors),
        }
        self.beside.push((name, key.span()));
    }

    /// Checks the keys with each other and with the function.
    pub(crate) fn check(&self, common: &item::Options, function: &Function, errors: &mut Errors) {
        if self.span.is_none() {
            for (name, span) in &self.beside {
                errors.at_span(*span, format!("`{name}` is for tasks; add `task`, or remove it"));
            }
        }
        if let (Some(true), Some((timeout, _))) = (self.required, &common.timeout) {
            errors.at_span(
                *timeout,
                "`timeout` is for calls, and this tool runs only as a task; write `ttl` in place of it",
            );
        }
        let Some(span) = self.span.filter(|_| self.required.is_some()) else { return };
        if common.blocking || function.signature.asyncness.is_none() {
            errors.at_span(
                span,
                "a task is an `async fn`; let it await `tokio::task::spawn_blocking` for what blocks",
            );
        }
    }
}

/// The value of `task`: absent for `task = false`.
fn required(key: &Key, errors: &mut Errors) -> Option<bool> {
    let Value::Is(expr) = &key.value else { return key.boolean(errors)?.then_some(false) };
    let Some(text) = keys::string_literal(expr) else {
        let is_boolean = |expr: &Expr| matches!(expr, Expr::Lit(ExprLit { lit: Lit::Bool(_), .. }));
        if is_boolean(keys::ungrouped(expr)) {
            return key.boolean(errors)?.then_some(false);
        }
        errors.at(expr, "`task` takes \"optional\" or \"required\"");
        return None;
    };
    match text.value().as_str() {
        "optional" => Some(false),
        "required" => Some(true),
        other => {
            let message = match suggest::nearest(other, &SUPPORT) {
                Some(near) => format!("`task`: {other:?} is unknown; did you mean {near:?}?"),
                None => {
                    format!("`task`: {other:?} is unknown; write \"optional\" or \"required\"")
                }
            };
            errors.at(&text, message);
            None
        }
    }
}

fn attempts(key: &Key, errors: &mut Errors) -> Option<(Span, Expr)> {
    let expr = key.expr(errors)?;
    let is_zero = matches!(keys::ungrouped(&expr), Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
        if number.base10_digits() == "0");
    if is_zero {
        errors.at(&expr, "`attempts` takes at least 1");
        return None;
    }
    Some((key.span(), expr))
}

//! `annotations(audience("user"), priority = 0.5, last_modified = "2026-01-12T15:00:58Z")`.

use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr};

use super::literal::Number;
use crate::errors::Errors;
use crate::suggest;
use crate::syntax::keys::{self, Key, Value, string_literal};

const KEYS: [&str; 3] = ["audience", "priority", "last_modified"];
const ROLES: [&str; 2] = ["user", "assistant"];

/// Audience, priority and modification time of a resource.
#[derive(Default)]
pub(crate) struct Annotations {
    /// Variants of the runtime's `Role`.
    pub(crate) audience: Vec<Ident>,
    pub(crate) priority: Option<(Span, Expr)>,
    pub(crate) last_modified: Option<LitStr>,
}

/// Reads the value of the key `annotations`.
pub(crate) fn annotations(key: &Key, errors: &mut Errors) -> Annotations {
    let mut annotations = Annotations::default();
    let Value::List(list) = &key.value else {
        errors.at(
            &key.name,
            "`annotations` needs a list; write `annotations(audience(\"user\"), priority = 0.5)`",
        );
        return annotations;
    };
    for key in keys::parse(list.stream(), &KEYS, errors) {
        match key.text_of_name().as_str() {
            "audience" => annotations.audience = audience(&key, errors),
            "priority" => annotations.priority = priority(&key, errors),
            _ => annotations.last_modified = last_modified(&key, errors),
        }
    }
    annotations
}

fn audience(key: &Key, errors: &mut Errors) -> Vec<Ident> {
    let roles = match &key.value {
        Value::Is(role) => vec![(**role).clone()],
        _ => key.exprs(errors),
    };
    roles.iter().filter_map(|expr| role(expr, errors)).collect()
}

fn role(expr: &Expr, errors: &mut Errors) -> Option<Ident> {
    let text = string_literal(expr);
    match text.as_ref().map(LitStr::value).as_deref() {
        Some("user") => return Some(Ident::new("User", Span::call_site())),
        Some("assistant") => return Some(Ident::new("Assistant", Span::call_site())),
        Some(other) => match suggest::nearest(other, &ROLES) {
            Some(near) => {
                errors.at(
                    expr,
                    format!("`audience`: {other:?} is not an audience; did you mean {near:?}?"),
                );
            }
            None => errors.at(
                expr,
                format!(
                    "`audience`: {other:?} is not an audience; write \"user\" or \"assistant\""
                ),
            ),
        },
        None => errors.at(expr, "`audience` takes \"user\" and \"assistant\"; write one of them"),
    }
    None
}

fn priority(key: &Key, errors: &mut Errors) -> Option<(Span, Expr)> {
    let expr = key.expr(errors)?;
    match Number::of(&expr) {
        Some(number) if number < Number::Integer(0) || number > Number::Integer(1) => {
            errors.at(&expr, "`priority` is from 0 to 1; write such a number, as in `0.5`");
        }
        None if string_literal(&expr).is_some() => {
            errors.at(&expr, "`priority` takes a number; write one from 0 to 1, as in `0.5`");
        }
        _ => {}
    }
    Some((key.span(), expr))
}

fn last_modified(key: &Key, errors: &mut Errors) -> Option<LitStr> {
    let text = key.string(errors)?;
    if !is_timestamp(&text.value()) {
        errors.at(
            &text,
            "`last_modified` is not an RFC 3339 timestamp; write one such as \
             \"2026-01-12T15:00:58Z\"",
        );
    }
    Some(text)
}

/// Returns `true` for an RFC 3339 timestamp: date, time and offset, each number in its range.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(end_of_time) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (time, offset) = time.split_at(end_of_time);
    is_date(date) && is_time(time) && is_offset(offset)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month)) = (number(year, 4, 9999), number(month, 2, 12)) else {
        return false;
    };
    number(day, 2, 31).is_some_and(|day| (1..=days(year, month)).contains(&day))
}

/// Number of days of a month; 0 if there is no such month.
fn days(year: u32, month: u32) -> u32 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        0 => 0,
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_time(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|digit| digit.is_ascii_digit());
    // Second 60 is a leap second.
    is_fraction && is_clock(hour, minute) && number(second, 2, 60).is_some()
}

fn is_offset(text: &str) -> bool {
    if matches!(text, "Z" | "z") {
        return true;
    }
    let hours = text.strip_prefix(['+', '-']).and_then(|offset| offset.split_once(':'));
    hours.is_some_and(|(hour, minute)| is_clock(hour, minute))
}

fn is_clock(hour: &str, minute: &str) -> bool {
    number(hour, 2, 23).is_some() && number(minute, 2, 59).is_some()
}

fn number(text: &str, digits: usize, max: u32) -> Option<u32> {
    let is_plain = text.len() == digits && text.bytes().all(|digit| digit.is_ascii_digit());
    let number: u32 = is_plain.then(|| text.parse().ok())??;
    (number <= max).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for text in [
            "2026-01-12T15:00:58Z",
            "2024-02-29t23:59:60.125z",
            "2026-12-31T00:00:00+05:30",
            "2000-02-29T00:00:00-12:00",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-01-12",
            "2026-01-12 15:00:58Z",
            "2026-01-12T15:00:58",
            "2026-01-12T15:00Z",
            "2026-13-12T15:00:58Z",
            "2026-00-12T15:00:58Z",
            "2026-02-29T15:00:58Z",
            "1900-02-29T15:00:58Z",
            "2026-04-31T15:00:58Z",
            "2026-01-12T24:00:58Z",
            "2026-01-12T15:00:58.Z",
            "2026-01-12T15:00:58+5:30",
            "2026-01-12T15:00:58Zulu",
            "+026-01-12T15:00:58Z",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}

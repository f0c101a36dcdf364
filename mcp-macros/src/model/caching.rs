//! Durations such as `ttl = "5m"` and `timeout = "30s"`, and the cache scope of a result, `scope = "private"`.

use crate::errors::Errors;
use crate::suggest;
use crate::syntax::keys::{self, Key, Value};

/// Units of time in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
const SCOPES: [&str; 2] = ["public", "private"];

/// The value of a key that takes a duration, in milliseconds.
pub(crate) fn duration(key: &Key, errors: &mut Errors) -> Option<u64> {
    let text = key.string(errors)?;
    let milliseconds = milliseconds(&text.value());
    if milliseconds.is_none() {
        errors.at(
            &text,
            format!(
                "`{}`: {:?} is not a duration; write a whole number and `ms`, `s`, `m`, `h` or \
                 `d`, as in \"5m\"",
                key.text_of_name(),
                text.value()
            ),
        );
    }
    milliseconds
}

/// The value of a key that takes a duration or `"none"`, in milliseconds; `None` in it for `"none"`.
pub(crate) fn duration_or_none(key: &Key, errors: &mut Errors) -> Option<Option<u64>> {
    let is_none = matches!(&key.value, Value::Is(expr)
        if keys::string_literal(expr).is_some_and(|text| text.value() == "none"));
    if is_none { Some(None) } else { duration(key, errors).map(Some) }
}

/// The value of `timeout`.
pub(crate) fn timeout(key: &Key, errors: &mut Errors) -> Option<Option<u64>> {
    let limit = duration_or_none(key, errors)?;
    if limit == Some(0) {
        let text = key.string(errors)?;
        errors.at(
            &text,
            "`timeout`: no handler finishes in no time; write a limit such as \"30s\", or \"none\"",
        );
        return None;
    }
    Some(limit)
}

/// `true` for `scope = "private"`.
pub(crate) fn private(key: &Key, errors: &mut Errors) -> Option<bool> {
    let text = key.string(errors)?;
    match text.value().as_str() {
        "public" => Some(false),
        "private" => Some(true),
        other => {
            let message = match suggest::nearest(other, &SCOPES) {
                Some(near) => format!("`scope`: {other:?} is not a scope; did you mean {near:?}?"),
                None => {
                    format!("`scope`: {other:?} is not a scope; write \"public\" or \"private\"")
                }
            };
            errors.at(&text, message);
            None
        }
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("30s", Some(30_000)),
            ("5m", Some(300_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("5", None),
            ("m", None),
            ("", None),
            ("-5m", None),
            ("1.5h", None),
            ("5 m", None),
            ("5M", None),
            ("99999999999999999999s", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}

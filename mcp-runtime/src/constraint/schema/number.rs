//! Numbers of JSON, compared by value.

use std::cmp::Ordering;

use crate::constraint::numeric::Number;

/// Limits of a number.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<Bound>,
    pub(super) maximum: Option<Bound>,
    /// Divisor of the number, as it is written.
    pub(super) multiple_of: Option<Box<str>>,
    /// `true` for a type of single precision, in which larger numbers are infinite.
    pub(super) single: bool,
}

/// One end of a range.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) number: Number,
    /// The number as it is written.
    pub(super) text: Box<str>,
    /// `true` if the number itself is outside of the range.
    pub(super) exclusive: bool,
}

impl NumberRules {
    /// Returns `true` if the number of a JSON text is within the limits.
    pub(super) fn accept(&self, text: &str) -> bool {
        let Some(number) = parse(text) else { return false };
        let holds = |bound: &Option<Bound>, side: Ordering| match bound {
            None => true,
            Some(bound) => match number.compare(bound.number) {
                Some(Ordering::Equal) => !bound.exclusive,
                order => order == Some(side),
            },
        };
        holds(&self.minimum, Ordering::Greater)
            && holds(&self.maximum, Ordering::Less)
            && self.multiple_of.as_deref().is_none_or(|divisor| is_multiple(text, divisor))
            && !(self.single && is_infinite_single(text))
    }
}

/// Parses the text of a JSON number; `None` if it is too large for a 64-bit float.
pub(super) fn parse(text: &str) -> Option<Number> {
    if let Ok(number) = text.parse::<i128>() {
        return Some(Number::Signed(number));
    }
    if let Ok(number) = text.parse::<u128>() {
        return Some(Number::Unsigned(number));
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    Some(Number::Float(number))
}

/// Returns `true` if a JSON text may contain a number that is too large for a 64-bit float: one with an
/// exponent, or one that is longer than the largest float.
pub(crate) fn may_be_too_large(json: &str) -> bool {
    const MAX_DIGITS: usize = 308;
    let mut digits = 0;
    json.bytes().any(|byte| {
        let is_exponent = digits > 0 && matches!(byte, b'e' | b'E');
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        is_exponent || digits > MAX_DIGITS
    })
}

/// Returns `true` if the number of a JSON text has no fraction. `5.0` and `1e3` have none.
pub(super) fn is_integral(text: &str) -> bool {
    let is_plain = !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    is_plain || text.parse::<f64>().is_ok_and(|number| number.is_finite() && number.fract() == 0.0)
}

/// Returns `true` if the number is infinite as an `f32`. Most texts are too short for that.
fn is_infinite_single(text: &str) -> bool {
    const MIN_DIGITS: usize = 39;
    let may_be = text.len() >= MIN_DIGITS || text.bytes().any(|byte| matches!(byte, b'e' | b'E'));
    may_be && text.parse::<f32>().is_ok_and(f32::is_infinite)
}

/// Returns `true` if a number is an integer times another. Both are decimal, so that `0.3` is a
/// multiple of `0.1`, which it is not in binary.
fn is_multiple(text: &str, divisor: &str) -> bool {
    let exact = || {
        let (number, divisor) = (decimal(text)?, decimal(divisor)?);
        let exponent = number.1.min(divisor.1);
        let (number, divisor) = (scaled(number, exponent)?, scaled(divisor, exponent)?);
        number.checked_rem(divisor).map(|rest| rest == 0)
    };
    exact().unwrap_or_else(|| match (text.parse::<f64>(), divisor.parse::<f64>()) {
        (Ok(number), Ok(divisor)) => (number / divisor).fract() == 0.0,
        _ => false,
    })
}

/// Digits and exponent of a decimal number.
fn decimal(text: &str) -> Option<(i128, i32)> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?))
}

/// Digits of a decimal number with a smaller exponent.
fn scaled((digits, exponent): (i128, i32), to: i32) -> Option<i128> {
    let places = u32::try_from(exponent.checked_sub(to)?).ok()?;
    digits.checked_mul(10_i128.checked_pow(places)?)
}

#[cfg(test)]
mod tests {
    use super::{Bound, NumberRules, is_integral, is_multiple, parse};

    #[test]
    fn integers_have_no_fraction() {
        for text in ["5", "-0", "5.0", "1e3", "50e-1", "1e300", "99999999999999999999999"] {
            assert!(is_integral(text), "{text}");
        }
        for text in ["0.5", "5e-1", "1e400"] {
            assert!(!is_integral(text), "{text}");
        }
    }

    #[test]
    fn large_numbers_are_suspect() {
        let long = "1".repeat(309);
        for json in ["[1e400]", r#"{"a":-1.5E400}"#, &long] {
            assert!(super::may_be_too_large(json), "{json}");
        }
        for json in ["[1.5]", r#"{"e":"hello"}"#, &long[1..]] {
            assert!(!super::may_be_too_large(json), "{json}");
        }
    }

    #[test]
    fn multiples_are_decimal() {
        for (number, divisor) in [
            ("10", "5"),
            ("-10", "5"),
            ("0", "7"),
            ("0.3", "0.1"),
            ("1.10", "0.01"),
            ("1e2", "5"),
            ("5.0", "5"),
            ("1e300", "2"),
            ("1e60", "0.5"),
        ] {
            assert!(is_multiple(number, divisor), "{number} {divisor}");
        }
        for (number, divisor) in [("7", "5"), ("0.35", "0.1"), ("5", "0"), ("1e-3", "1")] {
            assert!(!is_multiple(number, divisor), "{number} {divisor}");
        }
    }

    fn bound(text: &str, exclusive: bool) -> Option<Bound> {
        Some(Bound { number: parse(text).unwrap(), text: text.into(), exclusive })
    }

    #[test]
    fn bounds_are_inclusive_unless_stated() {
        let rules = NumberRules {
            minimum: bound("1", false),
            maximum: bound("2.5", true),
            ..NumberRules::default()
        };
        assert!(["1", "1.0", "2.4"].iter().all(|text| rules.accept(text)));
        assert!(!["0.9", "2.5", "1e400", "-1"].iter().any(|text| rules.accept(text)));
        let wide =
            NumberRules { maximum: bound("18446744073709551615", false), ..NumberRules::default() };
        assert!(wide.accept("18446744073709551615"));
        assert!(!wide.accept("18446744073709551616"));
    }

    #[test]
    fn single_precision_has_a_smaller_range() {
        let rules = NumberRules { single: true, ..NumberRules::default() };
        assert!(["1", "3.4e38", "-3.4e38", "0.1"].iter().all(|text| rules.accept(text)));
        let long = format!("4{}", "0".repeat(38));
        assert!(!["1e39", "-1e39", &long].iter().any(|text| rules.accept(text)));
    }
}

//! Constraints of one argument.

use std::cmp::Ordering;
use std::fmt;

use mcp_core::schema::{Argument, headers};
use regex_lite::Regex;
use serde::Serialize;
use serde_json::Value;

use super::{HeaderValue, Length, LengthOf, Number, Numeric, Text};

/// Constraints of an argument of type `T`.
///
/// Generated code creates them twice, for the schema and for the check of arguments, so they consist of
/// plain pointers and numbers.
pub struct Rules<T> {
    default: Option<DefaultValue<T>>,
    range: Range<T>,
    size: Size<T>,
    pattern: Option<Pattern<T>>,
}

struct DefaultValue<T> {
    make: fn() -> T,
    advertise: fn(&T) -> Result<Value, String>,
}

struct Range<T> {
    minimum: Option<Number>,
    maximum: Option<Number>,
    read: fn(&T) -> Option<Number>,
}

struct Size<T> {
    minimum: Option<usize>,
    maximum: Option<usize>,
    of: LengthOf,
    read: fn(&T) -> Option<usize>,
}

struct Pattern<T> {
    source: &'static str,
    read: fn(&T) -> Option<&str>,
}

macro_rules! copied {
    ($($type:ident)*) => {$(
        impl<T> Clone for $type<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $type<T> {}
    )*};
}

copied! { Rules DefaultValue Range Size Pattern }

/// A violated constraint: a description of the expected value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation(pub(crate) String);

impl<T> Rules<T> {
    /// Creates an empty set of constraints.
    pub const fn new() -> Self {
        Self {
            default: None,
            range: Range { minimum: None, maximum: None, read: |_| None },
            size: Size { minimum: None, maximum: None, of: LengthOf::Items, read: |_| None },
            pattern: None,
        }
    }

    /// Sets the minimum.
    #[must_use]
    pub fn min(mut self, bound: T::Bound) -> Self
    where
        T: Numeric,
    {
        self.range.minimum = Some(bound.into());
        self.range.read = T::number;
        self
    }

    /// Sets the maximum.
    #[must_use]
    pub fn max(mut self, bound: T::Bound) -> Self
    where
        T: Numeric,
    {
        self.range.maximum = Some(bound.into());
        self.range.read = T::number;
        self
    }

    /// Sets the minimum length.
    #[must_use]
    pub fn min_len(mut self, bound: usize) -> Self
    where
        T: Length,
    {
        self.size = Size { minimum: Some(bound), of: T::OF, read: T::length, ..self.size };
        self
    }

    /// Sets the maximum length.
    #[must_use]
    pub fn max_len(mut self, bound: usize) -> Self
    where
        T: Length,
    {
        self.size = Size { maximum: Some(bound), of: T::OF, read: T::length, ..self.size };
        self
    }

    /// Sets a regular expression that must match a part of the text.
    #[must_use]
    pub fn pattern(mut self, source: &'static str) -> Self
    where
        T: Text,
    {
        self.pattern = Some(Pattern { source, read: T::text });
        self
    }

    /// Sets the value of an absent argument.
    #[must_use]
    pub fn default(mut self, make: fn() -> T) -> Self
    where
        T: AdvertisedDefault,
    {
        self.default = Some(DefaultValue { make, advertise: T::to_json });
        self
    }

    /// Restricts integers to those that clients may send in headers.
    pub(crate) fn safe_integers(mut self) -> Self
    where
        T: HeaderValue,
    {
        const MAX: i128 = headers::MAX_SAFE_INTEGER as i128;
        let Some((smallest, largest)) = T::INTEGERS else { return self };
        let is_beyond = |bound: Option<Number>, than: i128, beyond: Ordering| {
            bound.is_none_or(|bound| bound.compare(Number::Signed(than)) == Some(beyond))
        };
        if smallest < -MAX && is_beyond(self.range.minimum, -MAX, Ordering::Less) {
            self.range.minimum = Some(Number::Signed(-MAX));
        }
        if largest > MAX && is_beyond(self.range.maximum, MAX, Ordering::Greater) {
            self.range.maximum = Some(Number::Signed(MAX));
        }
        self.range.read = |value| value.integer().map(Number::Signed);
        self
    }

    /// The default value of an absent argument, if there is one.
    pub(crate) fn default_value(&self) -> Option<T> {
        self.default.map(|default| (default.make)())
    }

    pub(crate) fn has_default(&self) -> bool {
        self.default.is_some()
    }

    /// Source of the regular expression, to be compiled once.
    pub(crate) fn pattern_source(&self) -> Option<&'static str> {
        self.pattern.map(|pattern| pattern.source)
    }

    /// Returns `true` if there are limits on the number of elements or members.
    pub(crate) fn counts_elements(&self) -> bool {
        let is_limited = self.size.minimum.is_some() || self.size.maximum.is_some();
        is_limited && self.size.of != LengthOf::Characters
    }

    /// Checks a value. `pattern` is the compiled form of [`Rules::pattern_source`].
    pub(crate) fn check(&self, value: &T, pattern: Option<&Regex>) -> Result<(), Violation> {
        self.range.check(value)?;
        self.size.check(value)?;
        match (&self.pattern, pattern) {
            (Some(rule), Some(pattern)) => rule.check(value, pattern),
            _ => Ok(()),
        }
    }

    /// Writes the constraints into the schema.
    pub(crate) fn advertise(&self, argument: &mut Argument) {
        self.range.advertise(argument);
        self.size.advertise(argument);
        if let Some(pattern) = &self.pattern {
            argument.constrain("pattern", pattern.source);
        }
        if let Some(default) = &self.default {
            argument.required = false;
            if let Ok(value) = default.json() {
                argument.set("default", value);
            }
        }
    }

    /// Describes constraints that contradict one another.
    pub(crate) fn contradiction(&self, pattern: Option<&Regex>) -> Option<String> {
        if let (Some(minimum), Some(maximum)) = (self.range.minimum, self.range.maximum)
            && minimum.compare(maximum) != Some(Ordering::Less)
            && minimum.compare(maximum) != Some(Ordering::Equal)
        {
            return Some(format!("`min` is {minimum} and `max` is {maximum}"));
        }
        if let (Some(minimum), Some(maximum)) = (self.size.minimum, self.size.maximum)
            && minimum > maximum
        {
            return Some(format!("`min_len` is {minimum} and `max_len` is {maximum}"));
        }
        if let Some(Err(error)) = self.default.map(|default| default.json()) {
            return Some(format!("its default cannot be written as JSON: {error}"));
        }
        let Violation(expected) = self.check(&self.default_value()?, pattern).err()?;
        Some(format!("its default breaks its own rules: expected {expected}"))
    }
}

impl<T> Default for Rules<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Rules<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").finish_non_exhaustive()
    }
}

impl<T> Range<T> {
    fn check(&self, value: &T) -> Result<(), Violation> {
        if self.minimum.is_none() && self.maximum.is_none() {
            return Ok(());
        }
        let Some(number) = (self.read)(value) else { return Ok(()) };
        if let Some(minimum) = self.minimum
            && !matches!(number.compare(minimum), Some(Ordering::Greater | Ordering::Equal))
        {
            return Err(Violation(format!("at least {minimum}")));
        }
        if let Some(maximum) = self.maximum
            && !matches!(number.compare(maximum), Some(Ordering::Less | Ordering::Equal))
        {
            return Err(Violation(format!("at most {maximum}")));
        }
        Ok(())
    }

    fn advertise(&self, argument: &mut Argument) {
        for (keyword, bound) in [("minimum", self.minimum), ("maximum", self.maximum)] {
            if let Some(bound) = bound.and_then(Number::to_json) {
                argument.constrain(keyword, bound);
            }
        }
    }
}

impl<T> Size<T> {
    fn check(&self, value: &T) -> Result<(), Violation> {
        if self.minimum.is_none() && self.maximum.is_none() {
            return Ok(());
        }
        let Some(length) = (self.read)(value) else { return Ok(()) };
        if let Some(minimum) = self.minimum.filter(|minimum| length < *minimum) {
            return Err(Violation(format!("at least {minimum} {}", self.of.noun(minimum))));
        }
        if let Some(maximum) = self.maximum.filter(|maximum| length > *maximum) {
            return Err(Violation(format!("at most {maximum} {}", self.of.noun(maximum))));
        }
        Ok(())
    }

    fn advertise(&self, argument: &mut Argument) {
        if let Some(minimum) = self.minimum {
            argument.constrain(self.of.minimum_keyword(), minimum);
        }
        if let Some(maximum) = self.maximum {
            argument.constrain(self.of.maximum_keyword(), maximum);
        }
    }
}

impl<T> Pattern<T> {
    fn check(&self, value: &T, pattern: &Regex) -> Result<(), Violation> {
        match (self.read)(value) {
            Some(text) if !pattern.is_match(text) => {
                Err(Violation(format!("text that matches `{}`", self.source)))
            }
            _ => Ok(()),
        }
    }
}

impl<T> DefaultValue<T> {
    fn json(&self) -> Result<Value, String> {
        (self.advertise)(&(self.make)())
    }
}

/// A type whose default is advertised in the schema: every type that serializes.
#[diagnostic::on_unimplemented(
    message = "a default of the type `{Self}` cannot be advertised",
    label = "cannot be serialized",
    note = "the schema of an argument shows its default, so derive `serde::Serialize` too; or take an `Option` and choose in the body"
)]
pub trait AdvertisedDefault {
    /// The value as JSON, or the error of serializing it.
    #[doc(hidden)]
    fn to_json(&self) -> Result<Value, String>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> AdvertisedDefault for T {
    fn to_json(&self) -> Result<Value, String> {
        serde_json::to_value(self).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mcp_core::schema::InputSchema;
    use regex_lite::Regex;
    use schemars::JsonSchema;

    use super::Rules;

    /// Checks the description of the expected value; `None` for a valid value.
    fn check<T>(rules: Rules<T>, value: T, expected: Option<&str>) {
        let pattern = rules.pattern_source().map(|source| Regex::new(source).unwrap());
        let found = rules.check(&value, pattern.as_ref()).err().map(|violation| violation.0);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let rules = Rules::<u32>::new().min(1).max(9);
        check(rules, 1, None);
        check(rules, 9, None);
        check(rules, 0, Some("at least 1"));
        check(rules, 10, Some("at most 9"));
        check(Rules::<Option<f64>>::new().min(0.5), Some(0.25), Some("at least 0.5"));
        check(Rules::<Option<f64>>::new().min(0.5), None, None);
    }

    #[test]
    fn integers_in_headers_are_safe() {
        let signed = Rules::<i64>::new().safe_integers();
        check(signed, 9_007_199_254_740_991, None);
        check(signed, 9_007_199_254_740_992, Some("at most 9007199254740991"));
        check(signed, i64::MIN, Some("at least -9007199254740991"));
        let narrower = Rules::<Option<u64>>::new().min(3).max(9).safe_integers();
        check(narrower, Some(2), Some("at least 3"));
        check(narrower, Some(10), Some("at most 9"));
        check(narrower, None, None);
        let wider = Rules::<u64>::new().max(u64::MAX).safe_integers();
        check(wider, u64::MAX, Some("at most 9007199254740991"));
        check(Rules::<i32>::new().safe_integers(), i32::MIN, None);
        check(Rules::<String>::new().safe_integers(), String::new(), None);
    }

    #[test]
    fn lengths_stay_within_their_bounds() {
        let rules = Rules::<&str>::new().min_len(1).max_len(3);
        check(rules, "äöü", None);
        check(rules, "", Some("at least 1 character"));
        check(rules, "abcd", Some("at most 3 characters"));
        check(Rules::<Vec<u8>>::new().min_len(2), vec![1], Some("at least 2 items"));
    }

    #[test]
    fn patterns_match_anywhere_unless_anchored() {
        check(Rules::<String>::new().pattern("b+"), "abc".into(), None);
        check(Rules::<&str>::new().pattern("^b+$"), "abc", Some("text that matches `^b+$`"));
        check(Rules::<Option<&str>>::new().pattern("^b+$"), None, None);
    }

    fn check_advertised<T: JsonSchema>(rules: Rules<T>, expected: &str) {
        let mut schema = InputSchema::new();
        rules.advertise(schema.argument::<T>("a"));
        let text = schema.finish(true);
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let expected = format!(r#"{{"type":"object","properties":{{"a":{expected}}}}}"#);
        assert_eq!(value(text.as_str()), value(&expected));
    }

    #[test]
    fn rules_are_advertised() {
        check_advertised(
            Rules::<u64>::new().default(|| 3).min(1).max(9),
            r#"{"default":3,"maximum":9,"minimum":1,"type":"integer"}"#,
        );
        check_advertised(
            Rules::<Option<&str>>::new().min_len(1).max_len(5).pattern("^a"),
            r#"{"maxLength":5,"minLength":1,"pattern":"^a","type":"string"}"#,
        );
    }

    #[test]
    fn contradictions_are_found() {
        let found = |rules: Rules<i64>| rules.contradiction(None).unwrap_or_default();
        assert_eq!(found(Rules::new().min(1).max(1)), "");
        assert_eq!(found(Rules::new().min(2).max(1)), "`min` is 2 and `max` is 1");
        assert_eq!(
            found(Rules::<i64>::new().min(1).default(|| 0)),
            "its default breaks its own rules: expected at least 1"
        );
        let unwritable = Rules::<BTreeMap<(u8, u8), u8>>::new();
        assert_eq!(
            unwritable.default(|| [((1, 2), 3)].into()).contradiction(None).unwrap_or_default(),
            "its default cannot be written as JSON: key must be a string"
        );
    }
}

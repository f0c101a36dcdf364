//! One field of a form: its name, its type and its constraints.

use std::cmp::Ordering;
use std::fmt;

use mcp_core::schema::form::{FieldKind, FormField};
use serde_json::Value;

use super::field::{Field, json_number};
use super::format::Format;
use crate::constraint::numeric::Number;

/// One field of a form: its name, its type and its constraints.
///
/// The schema and the check of answers are derived from the same values.
pub struct FieldSpec<T> {
    pub(crate) name: &'static str,
    title: Option<&'static str>,
    description: Option<&'static str>,
    default: Option<fn() -> T>,
    range: Limits<T, Number>,
    length: Limits<T, usize>,
    format: Option<Formatted<T>>,
    of: Type<T>,
}

/// Functions of [`Field`] for a type. Only [`field`] requires that trait, so a wrong type is one
/// compile error.
struct Type<T> {
    absent: fn() -> Option<T>,
    kind: fn() -> FieldKind,
    read: fn(&Value) -> Option<T>,
    to_json: fn(&T) -> Option<Value>,
}

/// Bounds of a measure of the value. A value without the measure satisfies all bounds.
struct Limits<T, B> {
    minimum: Option<B>,
    maximum: Option<B>,
    measure: fn(&T) -> Option<B>,
}

/// A format and the string that must have it.
struct Formatted<T> {
    format: Format,
    text: fn(&T) -> Option<&str>,
}

/// Creates a field. This is the only function that requires the trait [`Field`].
pub fn field<T: Field>(name: &'static str) -> FieldSpec<T> {
    FieldSpec {
        name,
        title: None,
        description: None,
        default: None,
        range: Limits { minimum: None, maximum: None, measure: |_| None },
        length: Limits { minimum: None, maximum: None, measure: |_| None },
        format: None,
        of: Type { absent: T::absent, kind: T::kind, read: T::read, to_json: T::to_json },
    }
}

impl<T> FieldSpec<T> {
    /// Sets the title for users.
    #[must_use]
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets the description; a blank one is none.
    #[must_use]
    pub fn describe(mut self, description: &'static str) -> Self {
        self.description = (!description.trim().is_empty()).then_some(description);
        self
    }

    /// Sets the default value, which makes the field optional.
    #[must_use]
    pub fn default(mut self, make: fn() -> T) -> Self {
        self.default = Some(make);
        self
    }

    /// Sets the minimum of a number.
    #[must_use]
    pub fn min(mut self, bound: T::Bound) -> Self
    where
        T: NumberField,
    {
        self.range = Limits { minimum: Some(bound.into()), measure: T::number, ..self.range };
        self
    }

    /// Sets the maximum of a number.
    #[must_use]
    pub fn max(mut self, bound: T::Bound) -> Self
    where
        T: NumberField,
    {
        self.range = Limits { maximum: Some(bound.into()), measure: T::number, ..self.range };
        self
    }

    /// Sets the minimum number of characters.
    #[must_use]
    pub fn min_len(mut self, bound: usize) -> Self
    where
        T: TextField,
    {
        self.length = Limits { minimum: Some(bound), measure: characters, ..self.length };
        self
    }

    /// Sets the maximum number of characters.
    #[must_use]
    pub fn max_len(mut self, bound: usize) -> Self
    where
        T: TextField,
    {
        self.length = Limits { maximum: Some(bound), measure: characters, ..self.length };
        self
    }

    /// Sets the format of a string.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self
    where
        T: TextField,
    {
        self.format = Some(Formatted { format, text: T::text });
        self
    }

    /// Sets the minimum number of selected variants.
    #[must_use]
    pub fn min_items(mut self, bound: usize) -> Self
    where
        T: ListField,
    {
        self.length = Limits { minimum: Some(bound), measure: T::count, ..self.length };
        self
    }

    /// Sets the maximum number of selected variants.
    #[must_use]
    pub fn max_items(mut self, bound: usize) -> Self
    where
        T: ListField,
    {
        self.length = Limits { maximum: Some(bound), measure: T::count, ..self.length };
        self
    }

    /// The value of a field that is left out; `None` for a required field.
    pub(crate) fn absent(&self) -> Option<T> {
        self.default.map_or_else(self.of.absent, |make| Some(make()))
    }

    /// Parses a value; `None` if it has another type or violates a constraint.
    pub(crate) fn read(&self, value: &Value) -> Option<T> {
        (self.of.read)(value).filter(|value| self.accepts(value))
    }

    /// Returns `true` if a value satisfies all constraints.
    pub(crate) fn accepts(&self, value: &T) -> bool {
        self.range.accepts(value, |a, b| a.compare(b))
            && self.length.accepts(value, |a, b| Some(a.cmp(&b)))
            && self.format.as_ref().is_none_or(|format| format.accepts(value))
    }

    /// Kind of the field, with its constraints.
    pub(crate) fn kind(&self) -> FieldKind {
        let mut kind = (self.of.kind)();
        match &mut kind {
            FieldKind::Integer(range) | FieldKind::Number(range) => {
                let bound = |bound: Option<Number>| bound.and_then(json_number);
                let (minimum, maximum) = (bound(self.range.minimum), bound(self.range.maximum));
                range.minimum = minimum.or(range.minimum.take());
                range.maximum = maximum.or(range.maximum.take());
            }
            FieldKind::String { min_length, max_length, format } => {
                (*min_length, *max_length) = (self.length.minimum, self.length.maximum);
                *format = self.format.as_ref().map(|rule| rule.format.name());
            }
            FieldKind::Many { min_items, max_items, .. } => {
                (*min_items, *max_items) = (self.length.minimum, self.length.maximum);
            }
            FieldKind::Boolean | FieldKind::One(_) => {}
        }
        kind
    }

    /// Schema of the field.
    pub(crate) fn to_schema(&self) -> FormField {
        let default = self.default.map(|make| make());
        FormField {
            kind: self.kind(),
            title: self.title.map(str::to_owned),
            description: self.description.map(str::to_owned),
            default: default.and_then(|value| (self.of.to_json)(&value)),
        }
    }
}

impl<T, B: Copy> Limits<T, B> {
    fn accepts(&self, value: &T, compare: impl Fn(B, B) -> Option<Ordering>) -> bool {
        let Some(measured) = (self.measure)(value) else { return true };
        let within = |bound: Option<B>, beyond| match bound {
            Some(bound) => compare(measured, bound).is_some_and(|found| found != beyond),
            None => true,
        };
        within(self.minimum, Ordering::Less) && within(self.maximum, Ordering::Greater)
    }
}

impl<T> Formatted<T> {
    fn accepts(&self, value: &T) -> bool {
        (self.text)(value).is_none_or(|text| self.format.matches(text))
    }
}

fn characters<T: TextField>(value: &T) -> Option<usize> {
    value.text().map(|text| text.chars().count())
}

impl<T> fmt::Debug for FieldSpec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A [`Field`] with a number, for `min` and `max`.
#[diagnostic::on_unimplemented(
    message = "`min` and `max` bound numbers, and `{Self}` is not a number",
    label = "not a number",
    note = "use `min_len` and `max_len` for text, and `min_items` and `max_items` for a `Vec` of an enum"
)]
pub trait NumberField {
    /// The type of a bound, so that a bound outside the type's range does not compile.
    #[doc(hidden)]
    type Bound: Into<Number>;

    /// The number, if there is one.
    #[doc(hidden)]
    fn number(&self) -> Option<Number>;
}

/// A [`Field`] with a string, for `min_len`, `max_len` and `format`.
#[diagnostic::on_unimplemented(
    message = "`min_len`, `max_len` and `format` are for text, and `{Self}` is not text",
    label = "not text",
    note = "use `min` and `max` for a number, and `min_items` and `max_items` for a `Vec` of an enum"
)]
pub trait TextField {
    /// The text, if there is one.
    #[doc(hidden)]
    fn text(&self) -> Option<&str>;
}

/// A [`Field`] with a list, for `min_items` and `max_items`.
#[diagnostic::on_unimplemented(
    message = "`min_items` and `max_items` bound a `Vec` of an enum, and `{Self}` is none",
    label = "not a `Vec` of an enum",
    note = "use `min_len` and `max_len` for text, and `min` and `max` for a number"
)]
pub trait ListField {
    /// Number of selected variants.
    #[doc(hidden)]
    fn count(&self) -> Option<usize>;
}

macro_rules! numbers {
    ($($type:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl NumberField for $type {
            type Bound = Self;

            fn number(&self) -> Option<Number> {
                Some((*self).into())
            }
        }
    )*};
}

numbers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }

#[diagnostic::do_not_recommend]
impl<T: NumberField> NumberField for Option<T> {
    type Bound = T::Bound;

    fn number(&self) -> Option<Number> {
        self.as_ref()?.number()
    }
}

#[diagnostic::do_not_recommend]
impl TextField for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: TextField> TextField for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref()?.text()
    }
}

#[diagnostic::do_not_recommend]
impl<T> ListField for Vec<T> {
    fn count(&self) -> Option<usize> {
        Some(self.len())
    }
}

#[diagnostic::do_not_recommend]
impl<T: ListField> ListField for Option<T> {
    fn count(&self) -> Option<usize> {
        self.as_ref()?.count()
    }
}

//! Numbers, for `min` and `max`.

use std::cmp::Ordering;
use std::fmt;
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};

use serde_json::Value;

/// A type of numbers, for `min` and `max`.
///
/// # Example
/// Implement it for custom types that wrap a number:
///
/// ```
/// use mcp_runtime::constraint::{Number, Numeric};
///
/// struct Celsius(f64);
///
/// impl Numeric for Celsius {
///     type Bound = f64;
///
///     fn number(&self) -> Option<Number> {
///         self.0.number()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`min` and `max` bound numbers, and `{Self}` is not a number",
    label = "not a number",
    note = "use `min_len` and `max_len` to bound the length of text, a list or a map",
    note = "a type of your own that wraps a number implements `mcp_runtime::constraint::Numeric`"
)]
pub trait Numeric {
    /// The type of a bound, so that a bound outside the type's range does not compile.
    type Bound: Into<Number>;

    /// The number; `None` for an absent value, which satisfies every bound.
    fn number(&self) -> Option<Number>;
}

/// A number of any Rust type.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// An integer that fits into `i128`.
    Signed(i128),
    /// A larger integer.
    Unsigned(u128),
    /// A floating-point number.
    Float(f64),
    /// A floating-point number of single precision, whose shortest decimal form differs.
    Single(f32),
}

impl Number {
    /// Compares two numbers by value; `None` if one is NaN.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Signed(a), Self::Signed(b)) => Some(a.cmp(&b)),
            (Self::Unsigned(a), Self::Unsigned(b)) => Some(a.cmp(&b)),
            (Self::Signed(_), Self::Unsigned(_)) => Some(Ordering::Less),
            (Self::Unsigned(_), Self::Signed(_)) => Some(Ordering::Greater),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()),
        }
    }

    fn as_f64(self) -> f64 {
        match self {
            Self::Signed(number) => number as f64,
            Self::Unsigned(number) => number as f64,
            Self::Float(number) => number,
            Self::Single(number) => f64::from(number),
        }
    }

    /// The number as JSON; `None` if JSON or common parsers cannot represent it.
    pub(crate) fn to_json(self) -> Option<Value> {
        match self {
            Self::Signed(number) => i64::try_from(number)
                .map(Value::from)
                .or_else(|_| u64::try_from(number).map(Value::from))
                .ok(),
            Self::Unsigned(_) => None,
            Self::Float(number) => serde_json::Number::from_f64(number).map(Value::Number),
            Self::Single(_) => self.to_string().parse().ok().map(Value::Number),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(number) => number.fmt(f),
            Self::Unsigned(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Single(number) => number.fmt(f),
        }
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<f32> for Number {
    fn from(number: f32) -> Self {
        Self::Single(number)
    }
}

impl From<u128> for Number {
    fn from(number: u128) -> Self {
        i128::try_from(number).map_or(Self::Unsigned(number), Self::Signed)
    }
}

macro_rules! signed {
    ($($type:ty)*) => {$(
        impl From<$type> for Number {
            fn from(number: $type) -> Self {
                Self::Signed(number as i128)
            }
        }
    )*};
}

macro_rules! numeric {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Numeric for $type {
            type Bound = $type;

            fn number(&self) -> Option<Number> {
                Some((*self).into())
            }
        }
    )*};
}

macro_rules! non_zero {
    ($($type:ident $inner:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Numeric for $type {
            type Bound = $inner;

            fn number(&self) -> Option<Number> {
                Some(self.get().into())
            }
        }
    )*};
}

signed! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 usize }
numeric! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 }
non_zero! {
    NonZeroI8 i8 NonZeroI16 i16 NonZeroI32 i32 NonZeroI64 i64 NonZeroI128 i128 NonZeroIsize isize
    NonZeroU8 u8 NonZeroU16 u16 NonZeroU32 u32 NonZeroU64 u64 NonZeroU128 u128 NonZeroUsize usize
}

#[diagnostic::do_not_recommend]
impl<T: Numeric> Numeric for Option<T> {
    type Bound = T::Bound;

    fn number(&self) -> Option<Number> {
        self.as_ref()?.number()
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{Number, Numeric};

    fn check(a: impl Numeric, b: impl Numeric, expected: Option<Ordering>) {
        let (a, b) = (a.number().unwrap(), b.number().unwrap());
        assert_eq!(a.compare(b), expected, "{a} and {b}");
    }

    #[test]
    fn numbers_compare_by_value() {
        check(1_u8, 2_u8, Some(Ordering::Less));
        check(-1_i64, -1_i64, Some(Ordering::Equal));
        check(u128::MAX, u128::MAX - 1, Some(Ordering::Greater));
        check(i128::MAX, u128::MAX, Some(Ordering::Less));
        check(0.5_f64, 0.25_f64, Some(Ordering::Greater));
        check(f64::NAN, 0.0_f64, None);
    }

    #[test]
    fn an_absent_number_has_nothing_to_compare() {
        assert!(None::<u32>.number().is_none());
    }

    fn check_json(number: impl Into<Number>, expected: Option<&str>) {
        let json = number.into().to_json().map(|value| value.to_string());
        assert_eq!(json.as_deref(), expected);
    }

    #[test]
    fn numbers_are_advertised_as_they_were_written() {
        check_json(-7_i8, Some("-7"));
        check_json(u64::MAX, Some("18446744073709551615"));
        check_json(u128::MAX, None);
        check_json(0.1_f32, Some("0.1"));
        check_json(0.1_f64, Some("0.1"));
        check_json(f64::INFINITY, None);
    }
}

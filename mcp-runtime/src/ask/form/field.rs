//! Types of the fields of a form.

use mcp_core::schema::form::{FieldKind, Range};
use serde_json::Value;

use super::choice::{self, Choice};
use crate::constraint::numeric::Number;

/// A type for the fields of a form.
///
/// It is implemented by `String`, the integers, `f32`, `f64`, `bool`, enums with
/// [`#[derive(Elicit)]`](macro@crate::Elicit), a `Vec` of such an enum, and an `Option` of any of
/// these. The specification allows no other types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a form",
    label = "no user can fill this in",
    note = "fields are `String`, integers, `f32`, `f64`, `bool`, enums, `Vec` of an enum, and `Option` of these",
    note = "put `#[derive(mcp_runtime::Elicit)]` on an enum whose variants have no fields",
    note = "forms are flat: write the fields of a nested struct into the form itself"
)]
pub trait Field: Sized + Send + 'static {
    /// The value of a field that is left out; `None` for a required field.
    #[doc(hidden)]
    fn absent() -> Option<Self> {
        None
    }

    /// Kind of the field, with the limits of the type.
    #[doc(hidden)]
    fn kind() -> FieldKind;

    /// Parses a value; `None` if it has another type.
    #[doc(hidden)]
    fn read(value: &Value) -> Option<Self>;

    /// The JSON of a value, if there is one.
    #[doc(hidden)]
    fn to_json(&self) -> Option<Value>;
}

#[diagnostic::do_not_recommend]
impl Field for String {
    fn kind() -> FieldKind {
        FieldKind::TEXT
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }

    fn to_json(&self) -> Option<Value> {
        Some(self.as_str().into())
    }
}

#[diagnostic::do_not_recommend]
impl Field for bool {
    fn kind() -> FieldKind {
        FieldKind::Boolean
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }

    fn to_json(&self) -> Option<Value> {
        Some((*self).into())
    }
}

macro_rules! integers {
    ($($type:ident $minimum:expr, $maximum:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Field for $type {
            fn kind() -> FieldKind {
                let bound = |bound: Option<Self>| json_number(bound?.into());
                FieldKind::Integer(Range { minimum: bound($minimum), maximum: bound($maximum) })
            }

            fn read(value: &Value) -> Option<Self> {
                integer(value)?.try_into().ok()
            }

            fn to_json(&self) -> Option<Value> {
                Number::from(*self).to_json()
            }
        }
    )*};
}

// Wider types state no bounds: common JSON parsers do not represent them exactly.
integers! {
    i8 Some(Self::MIN), Some(Self::MAX);
    i16 Some(Self::MIN), Some(Self::MAX);
    i32 Some(Self::MIN), Some(Self::MAX);
    i64 None, None;
    i128 None, None;
    isize None, None;
    u8 Some(0), Some(Self::MAX);
    u16 Some(0), Some(Self::MAX);
    u32 Some(0), Some(Self::MAX);
    u64 Some(0), None;
    u128 Some(0), None;
    usize Some(0), None;
}

macro_rules! floats {
    ($($type:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Field for $type {
            fn kind() -> FieldKind {
                FieldKind::Number(Range::default())
            }

            fn read(value: &Value) -> Option<Self> {
                let number = value.as_f64()? as Self;
                number.is_finite().then_some(number)
            }

            fn to_json(&self) -> Option<Value> {
                Number::from(*self).to_json()
            }
        }
    )*};
}

floats! { f32 f64 }

#[diagnostic::do_not_recommend]
impl<T: Choice> Field for T {
    fn kind() -> FieldKind {
        FieldKind::One(choice::one::<T>())
    }

    fn read(value: &Value) -> Option<Self> {
        choice::selected(value.as_str()?)
    }

    fn to_json(&self) -> Option<Value> {
        choice::name_of(self).map(Value::from)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Choice> Field for Vec<T> {
    fn kind() -> FieldKind {
        FieldKind::Many { min_items: None, max_items: None, items: choice::many::<T>() }
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(|item| choice::selected(item.as_str()?)).collect()
    }

    fn to_json(&self) -> Option<Value> {
        self.iter().map(choice::name_of).collect::<Option<Vec<_>>>().map(Value::from)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Field> Field for Option<T> {
    fn absent() -> Option<Self> {
        Some(None)
    }

    fn kind() -> FieldKind {
        T::kind()
    }

    fn read(value: &Value) -> Option<Self> {
        T::read(value).map(Some)
    }

    fn to_json(&self) -> Option<Value> {
        self.as_ref()?.to_json()
    }
}

/// A number as JSON, if JSON can represent it.
pub(crate) fn json_number(number: Number) -> Option<serde_json::Number> {
    match number.to_json()? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// The integer of a value, including numbers such as `30.0`, which some clients send for integers.
fn integer(value: &Value) -> Option<i128> {
    // Larger integers are not exact in double precision.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_number()?;
    if let Some(integer) = number.as_i128() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i128)
}

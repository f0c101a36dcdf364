//! Arguments that clients copy into an HTTP header.

use std::borrow::Cow;
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroUsize,
};
use std::rc::Rc;
use std::sync::Arc;

/// A type for arguments in an HTTP header: integers, strings, booleans, and `Option` of those.
///
/// Implement it for custom types whose JSON is one of those.
///
/// Specification: [x-mcp-header](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header).
#[diagnostic::on_unimplemented(
    message = "`header` needs an integer, text or a boolean, and `{Self}` is none of them",
    label = "cannot travel in a header",
    note = "a type of your own that is one of those in JSON implements `mcp_runtime::constraint::HeaderValue`"
)]
pub trait HeaderValue {
    /// The smallest and the largest integer of the type, if it is one.
    #[doc(hidden)]
    const INTEGERS: Option<(i128, i128)> = None;

    /// The value, if it is an integer.
    #[doc(hidden)]
    fn integer(&self) -> Option<i128> {
        None
    }
}

macro_rules! header_values {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl HeaderValue for $type {}
    )*};
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl HeaderValue for $type {
            const INTEGERS: Option<(i128, i128)> = Some((<$type>::MIN as i128, <$type>::MAX as i128));

            fn integer(&self) -> Option<i128> {
                Some(*self as i128)
            }
        }
    )*};
}

macro_rules! non_zero {
    ($($type:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl HeaderValue for $type {
            const INTEGERS: Option<(i128, i128)> =
                Some(($type::MIN.get() as i128, $type::MAX.get() as i128));

            fn integer(&self) -> Option<i128> {
                Some(self.get() as i128)
            }
        }
    )*};
}

header_values! { bool str String char }
integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }
non_zero! {
    NonZeroI8 NonZeroI16 NonZeroI32 NonZeroI64 NonZeroIsize
    NonZeroU8 NonZeroU16 NonZeroU32 NonZeroU64 NonZeroUsize
}

#[cfg(feature = "uuid")]
header_values! { uuid::Uuid }
#[cfg(feature = "url")]
header_values! { url::Url }
#[cfg(feature = "chrono")]
header_values! { chrono::NaiveDate chrono::NaiveTime chrono::NaiveDateTime }

#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Zone: chrono::TimeZone> HeaderValue for chrono::DateTime<Zone> {}

/// Implementations for what holds a value.
macro_rules! delegate {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> HeaderValue for $type {
            const INTEGERS: Option<(i128, i128)> = T::INTEGERS;

            fn integer(&self) -> Option<i128> {
                (**self).integer()
            }
        }
    )*};
}

delegate! {
    [T: HeaderValue + ?Sized] &T;
    [T: HeaderValue + ?Sized] Box<T>;
    [T: HeaderValue + ?Sized] Rc<T>;
    [T: HeaderValue + ?Sized] Arc<T>;
    [T: HeaderValue + ToOwned + ?Sized] Cow<'_, T>;
}

#[diagnostic::do_not_recommend]
impl<T: HeaderValue> HeaderValue for Option<T> {
    const INTEGERS: Option<(i128, i128)> = T::INTEGERS;

    fn integer(&self) -> Option<i128> {
        self.as_ref()?.integer()
    }
}

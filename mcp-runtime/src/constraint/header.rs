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
pub trait HeaderValue {}

macro_rules! header_values {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl HeaderValue for $type {}
    )*};
}

header_values! {
    i8 i16 i32 i64 isize u8 u16 u32 u64 usize bool str String char
    NonZeroI8 NonZeroI16 NonZeroI32 NonZeroI64 NonZeroIsize
    NonZeroU8 NonZeroU16 NonZeroU32 NonZeroU64 NonZeroUsize
}

#[diagnostic::do_not_recommend]
impl<T: HeaderValue + ?Sized> HeaderValue for &T {}
#[diagnostic::do_not_recommend]
impl<T: HeaderValue + ?Sized> HeaderValue for Box<T> {}
#[diagnostic::do_not_recommend]
impl<T: HeaderValue + ?Sized> HeaderValue for Rc<T> {}
#[diagnostic::do_not_recommend]
impl<T: HeaderValue + ?Sized> HeaderValue for Arc<T> {}
#[diagnostic::do_not_recommend]
impl<T: HeaderValue + ToOwned + ?Sized> HeaderValue for Cow<'_, T> {}
#[diagnostic::do_not_recommend]
impl<T: HeaderValue> HeaderValue for Option<T> {}

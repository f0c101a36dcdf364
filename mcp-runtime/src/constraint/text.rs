//! Text, for `pattern`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A type of text, for `pattern`.
///
/// Implement it for custom types that wrap a string.
#[diagnostic::on_unimplemented(
    message = "`pattern` matches text, and `{Self}` is not text",
    label = "not text",
    note = "a type of your own that wraps a string implements `mcp_runtime::constraint::Text`"
)]
pub trait Text {
    /// The text; `None` for an absent value, which matches every pattern.
    fn text(&self) -> Option<&str>;
}

#[diagnostic::do_not_recommend]
impl Text for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl Text for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

macro_rules! pointers {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Text + ?Sized> Text for $type {
            fn text(&self) -> Option<&str> {
                T::text(self)
            }
        }
    )*};
}

pointers! { &T Box<T> Rc<T> Arc<T> }

#[diagnostic::do_not_recommend]
impl<T: Text + ToOwned + ?Sized> Text for Cow<'_, T> {
    fn text(&self) -> Option<&str> {
        T::text(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Text> Text for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref()?.text()
    }
}

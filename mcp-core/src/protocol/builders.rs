//! Constructors and setters of the types that users construct.

/// Defines `new`, which takes the required members and leaves the others empty.
macro_rules! constructor {
    ($(#[$doc:meta])* $owner:ident($($field:ident: $value:ty),+) $($optional:ident)*) => {
        impl $owner {
            $(#[$doc])*
            pub fn new($($field: impl Into<$value>),+) -> Self {
                Self { $($field: $field.into(),)+ $($optional: None,)* }
            }
        }
    };
}

/// Defines one setter per optional field, which takes the value and returns the object.
macro_rules! setters {
    ($owner:ty { $($(#[$doc:meta])* $method:ident => $field:ident: $value:ty,)* }) => {
        impl $owner {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(mut self, $field: impl Into<$value>) -> Self {
                    self.$field = Some($field.into());
                    self
                }
            )*
        }
    };
}

/// Conversions from text into a content type, which has a constructor `text`.
macro_rules! from_text {
    ($content:ty: $($text:ty),*) => {$(
        impl From<$text> for $content {
            fn from(text: $text) -> Self {
                Self::text(text)
            }
        }
    )*};
}

pub(super) use {constructor, from_text, setters};

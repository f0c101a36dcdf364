//! The `with_…` methods of what users construct.

/// Writes one method per optional field: takes the value, fills the field, returns the rest.
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

pub(super) use setters;

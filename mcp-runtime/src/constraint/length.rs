//! Types with a length, for `min_len` and `max_len`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// A type with a length, for `min_len` and `max_len`: the characters of a string, the elements of a
/// list or set, the entries of a map.
///
/// Implement it for custom types that wrap one of those.
#[diagnostic::on_unimplemented(
    message = "`min_len` and `max_len` bound a length, and `{Self}` has none",
    label = "neither text nor a list, set or map",
    note = "use `min` and `max` to bound a number",
    note = "a type of your own that wraps one of those implements `mcp_runtime::constraint::Length`"
)]
pub trait Length {
    /// Unit of the length, which selects the keyword of the schema.
    const OF: LengthOf;

    /// The length; `None` for an absent value, which satisfies every bound.
    fn length(&self) -> Option<usize>;
}

/// Unit of a [`Length`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthOf {
    /// The characters of a string.
    Characters,
    /// The elements of an array.
    Items,
    /// The members of an object.
    Properties,
}

impl LengthOf {
    /// Noun for messages; singular for one.
    pub(crate) fn noun(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Characters, 1) => "character",
            (Self::Characters, _) => "characters",
            (Self::Items, 1) => "item",
            (Self::Items, _) => "items",
            (Self::Properties, 1) => "entry",
            (Self::Properties, _) => "entries",
        }
    }

    pub(crate) fn minimum_keyword(self) -> &'static str {
        match self {
            Self::Characters => "minLength",
            Self::Items => "minItems",
            Self::Properties => "minProperties",
        }
    }

    pub(crate) fn maximum_keyword(self) -> &'static str {
        match self {
            Self::Characters => "maxLength",
            Self::Items => "maxItems",
            Self::Properties => "maxProperties",
        }
    }
}

#[diagnostic::do_not_recommend]
impl Length for str {
    const OF: LengthOf = LengthOf::Characters;

    fn length(&self) -> Option<usize> {
        Some(self.chars().count())
    }
}

#[diagnostic::do_not_recommend]
impl Length for String {
    const OF: LengthOf = LengthOf::Characters;

    fn length(&self) -> Option<usize> {
        self.as_str().length()
    }
}

macro_rules! counted {
    ($($what:ident: ($($generic:tt)*) $type:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generic)*> Length for $type {
            const OF: LengthOf = LengthOf::$what;

            fn length(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}

counted! {
    Items: (T) [T];
    Items: (T, const N: usize) [T; N];
    Items: (T) Vec<T>;
    Items: (T) VecDeque<T>;
    Items: (T, S) HashSet<T, S>;
    Items: (T) BTreeSet<T>;
    Properties: (K, V, S) HashMap<K, V, S>;
    Properties: (K, V) BTreeMap<K, V>;
    Properties: () serde_json::Map<String, serde_json::Value>;
}

macro_rules! pointers {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Length + ?Sized> Length for $type {
            const OF: LengthOf = T::OF;

            fn length(&self) -> Option<usize> {
                T::length(self)
            }
        }
    )*};
}

pointers! { &T Box<T> Rc<T> Arc<T> }

#[diagnostic::do_not_recommend]
impl<T: Length + ToOwned + ?Sized> Length for Cow<'_, T> {
    const OF: LengthOf = T::OF;

    fn length(&self) -> Option<usize> {
        T::length(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Length> Length for Option<T> {
    const OF: LengthOf = T::OF;

    fn length(&self) -> Option<usize> {
        self.as_ref()?.length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Length>(value: T, of: LengthOf, expected: Option<usize>) {
        assert_eq!(T::OF, of);
        assert_eq!(value.length(), expected);
    }

    #[test]
    fn text_counts_characters() {
        check("héé", LengthOf::Characters, Some(3));
        check(String::from("ab"), LengthOf::Characters, Some(2));
        check(Cow::Borrowed("ab"), LengthOf::Characters, Some(2));
        check(Some(Box::<str>::from("")), LengthOf::Characters, Some(0));
    }

    #[test]
    fn collections_count_their_elements() {
        check(vec![1, 2], LengthOf::Items, Some(2));
        check([1, 2, 3], LengthOf::Items, Some(3));
        check(HashSet::from([1]), LengthOf::Items, Some(1));
        check(BTreeMap::from([("a", 1)]), LengthOf::Properties, Some(1));
        check(None::<Vec<u8>>, LengthOf::Items, None);
    }
}

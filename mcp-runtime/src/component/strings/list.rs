//! Parameters that take every value of a list, such as `tags` of `{?tags*}`.
//!
//! Generated code calls `(&&&Text::<T>::new("name")).list()` with all traits of this file in scope;
//! method lookup works as for [single values](super::kind).

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::Nature;
use super::probe::Form;
use super::{Text, TextParameter};

/// Types that the values of a list are read into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take the values of a list",
    label = "not a list of what is read from text",
    note = "a variable with a `*`, such as `{{?tags*}}`, has any number of values: take `Vec<String>`, or a `Vec` of another type that is read from text"
)]
pub trait FromTexts: Sized {}

/// Lists of types that serde reads.
pub trait ListByDeserialize<'c, T> {
    /// The parameter, each value read by serde.
    fn list(&self) -> TextParameter<'c, Vec<T>>;
}

impl<'c, T: Deserialize<'c>> ListByDeserialize<'c, T> for &&Text<'c, Vec<T>> {
    fn list(&self) -> TextParameter<'c, Vec<T>> {
        TextParameter::new(
            self,
            || Nature::List(Form::of::<T>()),
            |texts, place, name| texts.each_deserialized(place, name),
        )
    }
}

/// Lists of types that parse themselves.
pub trait ListByFromStr<'c, T> {
    /// The parameter, each value read by [`FromStr`].
    fn list(&self) -> TextParameter<'c, Vec<T>>;
}

impl<'c, T: FromStr<Err: Display>> ListByFromStr<'c, T> for &Text<'c, Vec<T>> {
    fn list(&self) -> TextParameter<'c, Vec<T>> {
        TextParameter::new(
            self,
            || Nature::List(Form::default()),
            |texts, place, name| texts.each_parsed(place, name),
        )
    }
}

/// Everything else, which is wrong.
pub trait NoList<'c, T> {
    /// Never there, because no such type is [`FromTexts`].
    fn list(&self) -> TextParameter<'c, T>
    where
        T: FromTexts;
}

impl<'c, T> NoList<'c, T> for Text<'c, T> {
    fn list(&self) -> TextParameter<'c, T>
    where
        T: FromTexts,
    {
        TextParameter::new(self, || Nature::List(Form::default()), |_, _, _| None)
    }
}

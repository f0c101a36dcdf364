//! Parameters that take every value of a list, such as `tags` of `{?tags*}`.
//!
//! Generated code calls `(&&&ParameterType::<T>::new("name")).list()` with all traits of this file in scope;
//! method lookup works as for [single values](super::kind).

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::ParameterKind;
use super::probe::ProbedType;
use super::{ParameterType, StringParameter};

/// Types that the values of a list are read into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take the values of a list",
    label = "not a list of what is read from text",
    note = "a variable with a `*`, such as `{{?tags*}}`, has any number of values: take `Vec<String>`, or a `Vec` of another type that is read from text"
)]
pub trait FromStrings: Sized {}

/// Lists of types that serde reads.
pub trait ListByDeserialize<'c, T> {
    /// The parameter, each value read by serde.
    fn list(&self) -> StringParameter<'c, Vec<T>>;
}

impl<'c, T: Deserialize<'c>> ListByDeserialize<'c, T> for &&ParameterType<'c, Vec<T>> {
    fn list(&self) -> StringParameter<'c, Vec<T>> {
        StringParameter::new(
            self,
            || ParameterKind::List(ProbedType::of::<T>()),
            |arguments, index, name| arguments.each_deserialized(index, name),
        )
    }
}

/// Lists of types that parse themselves.
pub trait ListByFromStr<'c, T> {
    /// The parameter, each value read by [`FromStr`].
    fn list(&self) -> StringParameter<'c, Vec<T>>;
}

impl<'c, T: FromStr<Err: Display>> ListByFromStr<'c, T> for &ParameterType<'c, Vec<T>> {
    fn list(&self) -> StringParameter<'c, Vec<T>> {
        StringParameter::new(
            self,
            || ParameterKind::List(ProbedType::default()),
            |arguments, index, name| arguments.each_parsed(index, name),
        )
    }
}

/// Everything else, which is wrong.
pub trait NoList<'c, T> {
    /// Never there, because no such type is [`FromStrings`].
    fn list(&self) -> StringParameter<'c, T>
    where
        T: FromStrings;
}

impl<'c, T> NoList<'c, T> for ParameterType<'c, T> {
    fn list(&self) -> StringParameter<'c, T>
    where
        T: FromStrings,
    {
        StringParameter::new(self, || ParameterKind::List(ProbedType::default()), |_, _, _| None)
    }
}

//! Parameters with all values of a list variable, such as `tags` of `{?tags*}`.
//!
//! Generated code calls `(&&&ParameterType::<T>::new("name")).list()` with all traits of this file
//! in scope; method lookup works as for [single values](super::kind).

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::ParameterKind;
use super::probe::ProbedType;
use super::{ParameterType, StringParameter};

/// Types that the values of a list variable are read into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take the values of a list",
    label = "not a list of what is read from text",
    note = "a variable with a `*`, such as `{{?tags*}}`, has any number of values: take `Vec<String>`, or a `Vec` of another type that is read from text"
)]
pub trait FromStrings: Sized {}

/// Lists of types that serde deserializes.
pub trait ListByDeserialize<'c, T> {
    /// Creates the parameter, each value deserialized by serde.
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

/// Lists of types with [`FromStr`].
pub trait ListByFromStr<'c, T> {
    /// Creates the parameter, each value parsed with [`FromStr`].
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

/// All other types, which are mistakes.
pub trait NoList<'c, T> {
    /// Never callable, because no such type implements [`FromStrings`].
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

//! Which types can be read from text, and how.
//!
//! Generated code calls `(&&&&&ParameterType::<T>::new("name")).parameter()` with all traits of this file in
//! scope. Method lookup takes the one for the most references whose type fits, so they are tried in
//! the order in which they stand here, and a type that fits none meets exactly one bound.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::ParameterKind;
use super::probe::ProbedType;
use super::{ParameterType, StringParameter};
use crate::component::injected::Injected;

/// Types that a text can be read into. No container is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from text",
    label = "holds more than one value",
    note = "variables of resources and arguments of prompts are text: take `String` and split it, or mark the variable of a URI as a list, as in `{{?tags*}}`"
)]
pub trait FromString: Sized {}

/// Containers, which no text is read into although they implement `Deserialize`.
pub trait ContainerParameter<'c, T> {
    /// Never there, because no container is [`FromString`].
    fn parameter(&self) -> StringParameter<'c, T>
    where
        T: FromString;
}

macro_rules! containers {
    ($(($($generic:tt)*) $type:ty;)*) => {$(
        container!(($($generic)*) $type);
        container!(($($generic)*) Option<$type>);
    )*};
}

macro_rules! container {
    (($($generic:tt)*) $type:ty) => {
        impl<'c, $($generic)*> ContainerParameter<'c, $type> for &&&&ParameterType<'c, $type> {
            fn parameter(&self) -> StringParameter<'c, $type>
            where
                $type: FromString,
            {
                StringParameter::new(self, || ParameterKind::Injected(Vec::new()), |_, _, _| None)
            }
        }
    };
}

containers! {
    (T) Vec<T>;
    (T) VecDeque<T>;
    (T, S) HashSet<T, S>;
    (T) BTreeSet<T>;
    (K, V, S) HashMap<K, V, S>;
    (K, V) BTreeMap<K, V>;
    (T, const N: usize) [T; N];
    (A) (A,);
    (A, B) (A, B);
    (A, B, C) (A, B, C);
}

/// Types that serde reads.
pub trait ParameterByDeserialize<'c, T> {
    /// The parameter, read by serde.
    fn parameter(&self) -> StringParameter<'c, T>;
}

impl<'c, T: Deserialize<'c>> ParameterByDeserialize<'c, T> for &&&ParameterType<'c, T> {
    fn parameter(&self) -> StringParameter<'c, T> {
        StringParameter::new(
            self,
            || ParameterKind::String(ProbedType::of::<T>()),
            |arguments, index, name| arguments.deserialized(index, name),
        )
    }
}

/// Types that parse themselves.
pub trait ParameterByFromStr<'c, T> {
    /// The parameter, read by [`FromStr`].
    fn parameter(&self) -> StringParameter<'c, T>;
}

impl<'c, T: FromStr<Err: Display>> ParameterByFromStr<'c, T> for &&ParameterType<'c, T> {
    fn parameter(&self) -> StringParameter<'c, T> {
        StringParameter::new(
            self,
            || ParameterKind::String(ProbedType::default()),
            |arguments, index, name| arguments.parsed(index, name),
        )
    }
}

/// Types that parse themselves, where they are given.
pub trait OptionalByFromStr<'c, T> {
    /// The parameter, read by [`FromStr`] if it is there.
    fn parameter(&self) -> StringParameter<'c, Option<T>>;
}

impl<'c, T: FromStr<Err: Display>> OptionalByFromStr<'c, T> for &ParameterType<'c, Option<T>> {
    fn parameter(&self) -> StringParameter<'c, Option<T>> {
        StringParameter::new(
            self,
            || ParameterKind::String(ProbedType::optional()),
            |arguments, index, name| arguments.parsed_if_given(index, name),
        )
    }
}

/// Types that are injected, and those that are wrong.
pub trait InjectedParameter<'c, T> {
    /// The parameter, injected.
    fn parameter<Via>(&self) -> StringParameter<'c, T>
    where
        T: Injected<'c, Via>;
}

impl<'c, T> InjectedParameter<'c, T> for ParameterType<'c, T> {
    fn parameter<Via>(&self) -> StringParameter<'c, T>
    where
        T: Injected<'c, Via>,
    {
        StringParameter::new(
            self,
            || ParameterKind::Injected(T::requires()),
            |arguments, _, _| arguments.injected::<T, Via>(),
        )
    }
}

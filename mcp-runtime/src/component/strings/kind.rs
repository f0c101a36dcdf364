//! Parameter types that are read from strings.
//!
//! Generated code calls `(&&&&&ParameterType::<T>::new("name")).parameter()` with all traits of
//! this file in scope. Method lookup takes the one for the most references whose type fits, so they
//! are tried in the order in which they stand here, and a type that fits none meets exactly one
//! bound.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::ParameterKind;
use super::probe::ProbedType;
use super::{ParameterType, StringParameter};
use crate::component::injected::Injected;

/// Types that are read from one string. No container implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from text",
    label = "holds more than one value",
    note = "variables of resources and arguments of prompts are text: take `String` and split it, or mark the variable of a URI as a list, as in `{{?tags*}}`"
)]
pub trait FromString: Sized {}

/// Containers, which are not read from a string although they implement `Deserialize`.
pub trait ContainerParameter<'c, T> {
    /// Never callable, because no container implements [`FromString`].
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

/// Types that serde deserializes.
pub trait ParameterByDeserialize<'c, T> {
    /// Creates the parameter, deserialized by serde.
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

/// Types with [`FromStr`].
pub trait ParameterByFromStr<'c, T> {
    /// Creates the parameter, parsed with [`FromStr`].
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

/// Optional types with [`FromStr`].
pub trait OptionalByFromStr<'c, T> {
    /// Creates the parameter, parsed with [`FromStr`] if it is present.
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

/// Injected types, and all types that fit nothing.
pub trait InjectedParameter<'c, T> {
    /// Creates the parameter, injected.
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

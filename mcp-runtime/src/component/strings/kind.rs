//! Which types can be read from text, and how.
//!
//! Generated code calls `(&&&&&Text::<T>::new("name")).parameter()` with all traits of this file in
//! scope. Method lookup takes the one for the most references whose type fits, so they are tried in
//! the order in which they stand here, and a type that fits none meets exactly one bound.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;

use super::parameter::Nature;
use super::probe::Form;
use super::{Text, TextParameter};
use crate::component::injected::Injected;

/// Types that a text can be read into. No container is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from text",
    label = "holds more than one value",
    note = "variables of resources and arguments of prompts are text: take `String` and split it, or mark the variable of a URI as a list, as in `{{?tags*}}`"
)]
pub trait FromText: Sized {}

/// Containers, which no text is read into although they implement `Deserialize`.
pub trait TextContainer<'c, T> {
    /// Never there, because no container is [`FromText`].
    fn parameter(&self) -> TextParameter<'c, T>
    where
        T: FromText;
}

macro_rules! containers {
    ($(($($generic:tt)*) $type:ty;)*) => {$(
        container!(($($generic)*) $type);
        container!(($($generic)*) Option<$type>);
    )*};
}

macro_rules! container {
    (($($generic:tt)*) $type:ty) => {
        impl<'c, $($generic)*> TextContainer<'c, $type> for &&&&Text<'c, $type> {
            fn parameter(&self) -> TextParameter<'c, $type>
            where
                $type: FromText,
            {
                TextParameter::new(self, || Nature::Injected(Vec::new()), |_, _, _| None)
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
pub trait TextByDeserialize<'c, T> {
    /// The parameter, read by serde.
    fn parameter(&self) -> TextParameter<'c, T>;
}

impl<'c, T: Deserialize<'c>> TextByDeserialize<'c, T> for &&&Text<'c, T> {
    fn parameter(&self) -> TextParameter<'c, T> {
        TextParameter::new(
            self,
            || Nature::Text(Form::of::<T>()),
            |texts, place, name| texts.deserialized(place, name),
        )
    }
}

/// Types that parse themselves.
pub trait TextByFromStr<'c, T> {
    /// The parameter, read by [`FromStr`].
    fn parameter(&self) -> TextParameter<'c, T>;
}

impl<'c, T: FromStr<Err: Display>> TextByFromStr<'c, T> for &&Text<'c, T> {
    fn parameter(&self) -> TextParameter<'c, T> {
        TextParameter::new(
            self,
            || Nature::Text(Form::default()),
            |texts, place, name| texts.parsed(place, name),
        )
    }
}

/// Types that parse themselves, where they are given.
pub trait TextOptional<'c, T> {
    /// The parameter, read by [`FromStr`] if it is there.
    fn parameter(&self) -> TextParameter<'c, Option<T>>;
}

impl<'c, T: FromStr<Err: Display>> TextOptional<'c, T> for &Text<'c, Option<T>> {
    fn parameter(&self) -> TextParameter<'c, Option<T>> {
        TextParameter::new(
            self,
            || Nature::Text(Form::optional()),
            |texts, place, name| texts.parsed_if_given(place, name),
        )
    }
}

/// Types that are injected, and those that are wrong.
pub trait TextInjected<'c, T> {
    /// The parameter, injected.
    fn parameter<Via>(&self) -> TextParameter<'c, T>
    where
        T: Injected<'c, Via>;
}

impl<'c, T> TextInjected<'c, T> for Text<'c, T> {
    fn parameter<Via>(&self) -> TextParameter<'c, T>
    where
        T: Injected<'c, Via>,
    {
        TextParameter::new(
            self,
            || Nature::Injected(T::requires()),
            |texts, _, _| texts.injected::<T, Via>(),
        )
    }
}

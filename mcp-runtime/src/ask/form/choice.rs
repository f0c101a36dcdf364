//! Enums, of which a user selects one variant or several.

use mcp_core::schema::form::{Items, Options, StringType, TitledOption};

/// An enum of which a user selects a variant.
///
/// It is implemented by [`#[derive(Elicit)]`](macro@crate::Elicit) on an enum whose variants have no
/// fields. Such an enum is a field of a form; a `Vec` of it is one of which several variants are
/// selected.
#[diagnostic::on_unimplemented(
    message = "the variants of `{Self}` are not to be selected in a form",
    label = "not a selection",
    note = "put `#[derive(mcp_runtime::Elicit)]` on an enum whose variants have no fields"
)]
pub trait Choice: Sized + Send + 'static {
    /// Its variants, in the order in which they are declared.
    #[doc(hidden)]
    const OFFERS: &'static [Offer<Self>];

    /// Whether titles are sent as `enumNames`.
    #[doc(hidden)]
    const ENUM_NAMES: bool;
}

/// One variant: how it is sent, how it is shown, and how it is told from the others.
#[derive(Debug)]
pub struct Offer<T> {
    name: &'static str,
    title: Option<&'static str>,
    make: fn() -> T,
    is: fn(&T) -> bool,
}

impl<T> Offer<T> {
    /// A variant that is shown as it is sent.
    pub const fn new(name: &'static str, make: fn() -> T, is: fn(&T) -> bool) -> Self {
        Self { name, title: None, make, is }
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }
}

/// The variant that a text selects.
pub(crate) fn selected<T: Choice>(text: &str) -> Option<T> {
    T::OFFERS.iter().find(|offer| offer.name == text).map(|offer| (offer.make)())
}

/// How a variant is sent.
pub(crate) fn name_of<T: Choice>(value: &T) -> Option<&'static str> {
    T::OFFERS.iter().find(|offer| (offer.is)(value)).map(|offer| offer.name)
}

/// One variant is selected.
pub(crate) fn one<T: Choice>() -> Options {
    match (has_titles::<T>(), T::ENUM_NAMES) {
        (false, _) => Options::Plain { values: names::<T>() },
        (true, false) => Options::Titled { one_of: titled::<T>() },
        (true, true) => Options::Named {
            values: names::<T>(),
            enum_names: titled::<T>().into_iter().map(|option| option.title).collect(),
        },
    }
}

/// Several variants are selected. There is no older way to say this with titles.
pub(crate) fn many<T: Choice>() -> Items {
    match has_titles::<T>() {
        false => Items::Plain { kind: StringType::String, values: names::<T>() },
        true => Items::Titled { any_of: titled::<T>() },
    }
}

fn has_titles<T: Choice>() -> bool {
    T::OFFERS.iter().any(|offer| offer.title.is_some())
}

fn names<T: Choice>() -> Vec<String> {
    T::OFFERS.iter().map(|offer| offer.name.to_owned()).collect()
}

/// Where one variant has a title each needs one, and its name is the next best.
fn titled<T: Choice>() -> Vec<TitledOption> {
    let titled =
        |offer: &Offer<T>| TitledOption::new(offer.name, offer.title.unwrap_or(offer.name));
    T::OFFERS.iter().map(titled).collect()
}

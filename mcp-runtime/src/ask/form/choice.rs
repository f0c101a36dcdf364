//! Enums as selections in a form.

use mcp_core::schema::form::{Items, Options, StringType, TitledOption};

/// An enum whose variants a user selects in a form.
///
/// It is implemented by [`#[derive(Elicit)]`](macro@crate::Elicit) on an enum whose variants have no
/// fields. A field of the enum's type selects one variant; a `Vec` of it selects several.
#[diagnostic::on_unimplemented(
    message = "the variants of `{Self}` are not to be selected in a form",
    label = "not a selection",
    note = "put `#[derive(mcp_runtime::Elicit)]` on an enum whose variants have no fields"
)]
pub trait Choice: Sized + Send + 'static {
    /// The variants, in declaration order.
    #[doc(hidden)]
    const OFFERS: &'static [Offer<Self>];

    /// `true` if titles are sent as `enumNames`.
    #[doc(hidden)]
    const ENUM_NAMES: bool;
}

/// One variant: its name, its title, its constructor and its predicate.
#[derive(Debug)]
pub struct Offer<T> {
    name: &'static str,
    title: Option<&'static str>,
    make: fn() -> T,
    is: fn(&T) -> bool,
}

impl<T> Offer<T> {
    /// Creates a variant without a title.
    pub const fn new(name: &'static str, make: fn() -> T, is: fn(&T) -> bool) -> Self {
        Self { name, title: None, make, is }
    }

    /// Sets the title for users; an empty one is none.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = if title.is_empty() { None } else { Some(title) };
        self
    }
}

/// The variant with a name.
pub(crate) fn selected<T: Choice>(text: &str) -> Option<T> {
    T::OFFERS.iter().find(|offer| offer.name == text).map(|offer| (offer.make)())
}

/// The name of a variant.
pub(crate) fn name_of<T: Choice>(value: &T) -> Option<&'static str> {
    T::OFFERS.iter().find(|offer| (offer.is)(value)).map(|offer| offer.name)
}

/// Schema of the selection of one variant.
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

/// Schema of the selection of several variants. `enumNames` is not defined for it.
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

/// Options with titles. A variant without a title is shown by its name.
fn titled<T: Choice>() -> Vec<TitledOption> {
    let titled =
        |offer: &Offer<T>| TitledOption::new(offer.name, offer.title.unwrap_or(offer.name));
    T::OFFERS.iter().map(titled).collect()
}

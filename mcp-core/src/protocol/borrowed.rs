//! Deserialiser of optional text, borrowed from the message if it has no escapes.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

// `#[serde(borrow)]` finds a `Cow` only at the top of a field's type, not within an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// For `#[serde(deserialize_with)]`, together with `default` and `borrow`.
pub(super) fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(Option::<Text<'de>>::deserialize(deserializer)?.map(|text| text.0))
}

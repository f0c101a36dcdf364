//! A value to be sent as JSON.

use serde::Serialize;

/// The contents of a resource as JSON, where a type would otherwise be sent another way: a `String`
/// as text, a `Vec<u8>` as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

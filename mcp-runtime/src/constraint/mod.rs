//! Constraints on values: those of `#[arg(…)]`, which are written into the schema, and those of the
//! schemas of types. All of them are enforced on every call.

pub(crate) mod format;
pub(crate) mod header;
pub(crate) mod length;
pub(crate) mod numeric;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod text;

pub use header::HeaderValue;
pub use length::{Length, LengthOf};
pub use numeric::{Number, Numeric};
pub use rules::{AdvertisedDefault, Rules};
pub use text::Text;

//! Constraints of `#[arg(…)]`, which are written into the schema and enforced on every call.

pub(crate) mod header;
pub(crate) mod length;
pub(crate) mod numeric;
pub(crate) mod rules;
pub(crate) mod text;

pub use header::HeaderValue;
pub use length::{Length, LengthOf};
pub use numeric::{Number, Numeric};
pub use rules::{AdvertisedDefault, Rules};
pub use text::Text;

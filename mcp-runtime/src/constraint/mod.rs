//! What `#[arg(…)]` demands of an argument beyond its type: advertised in the schema and enforced
//! on every call, from one place.

pub(crate) mod header;
pub(crate) mod length;
pub(crate) mod numeric;
pub(crate) mod rules;
pub(crate) mod text;

pub use header::HeaderValue;
pub use length::{Length, LengthOf};
pub use numeric::{Number, Numeric};
pub use rules::{OpaqueDefault, Rules, ShownDefault};
pub use text::Text;

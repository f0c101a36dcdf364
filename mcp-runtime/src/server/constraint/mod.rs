//! What `#[arg(…)]` demands of an argument beyond its type: advertised in the schema and enforced
//! on every call, from one place.

mod header;
mod length;
mod numeric;
mod rules;
mod text;

pub use header::HeaderValue;
pub use length::{Length, LengthOf};
pub use numeric::{Number, Numeric};
pub use rules::{OpaqueDefault, Rules, ShownDefault};
pub use text::Text;

pub(crate) use rules::Violation;

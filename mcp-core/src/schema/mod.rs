//! JSON Schemas that tools advertise: built from Rust types, kept as text.
//!
//! Specification: [Tools, data types](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#data-types).

mod arguments;
mod arrays;
#[doc(hidden)]
pub mod form;
pub mod headers;
mod maps;
mod output;
mod portable;
mod text;
mod walk;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod same;

pub use arguments::{Argument, InputSchema};
pub use output::{is_null, is_object, is_text, output_schema, wrap_result};
pub use text::{Schema, SchemaError};
pub use walk::Scalar;
#[doc(hidden)]
pub use walk::{definition_named, pointer_to};

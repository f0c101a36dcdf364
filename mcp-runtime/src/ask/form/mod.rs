//! Forms: what a client asks its user to fill in, and the type that the answer becomes.

pub(crate) mod choice;
pub(crate) mod expected;
pub(crate) mod field;
pub(crate) mod format;
pub(crate) mod reading;
pub(crate) mod spec;

use mcp_core::schema::Schema;
use serde_json::{Map, Value};

pub use choice::Choice;
#[doc(hidden)]
pub use choice::Offer;
pub use field::Field;
#[doc(hidden)]
pub use format::Format;
#[doc(hidden)]
pub use reading::{Fields, Fill, form_schema, read_form};
#[doc(hidden)]
pub use spec::{FieldSpec, field};
pub use spec::{ListField, NumberField, TextField};

/// A form that a user fills in, and the type of what was filled in.
///
/// A struct becomes one with [`#[derive(Elicit)]`](macro@crate::Elicit), which says what its fields
/// may be.
///
/// Specification: [Form mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no form",
    label = "not a form",
    note = "a struct with named fields becomes one with `#[derive(mcp_runtime::Elicit)]`",
    note = "an enum is one field of a form; put it into a struct"
)]
pub trait Elicit: Sized + Send + 'static {
    /// The form, as the JSON Schema that the client is sent: a flat object, its members in the order
    /// in which the fields are declared.
    fn schema() -> Schema;

    /// Reads what was filled in.
    ///
    /// # Errors
    /// Everything in it that the schema does not allow, in one sentence: each field, what was
    /// expected and what came.
    fn read(content: &Map<String, Value>) -> Result<Self, String>;
}

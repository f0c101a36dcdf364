//! Forms: schemas of the questions that users answer, and the types of the answers.

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

/// A form that a user fills in, as the type of the answer.
///
/// It is implemented with [`#[derive(Elicit)]`](macro@crate::Elicit), whose documentation lists the
/// types of fields.
///
/// Specification: [Form mode elicitation requests](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no form",
    label = "not a form",
    note = "a struct with named fields becomes one with `#[derive(mcp_runtime::Elicit)]`",
    note = "an enum is one field of a form; put it into a struct"
)]
pub trait Elicit: Sized + Send + 'static {
    /// JSON Schema of the form: a flat object with its members in declaration order.
    fn schema() -> Schema;

    /// Parses the content of an answer.
    ///
    /// # Errors
    /// All violations of the schema in one sentence, each with its field, the expected and the actual
    /// value.
    fn read(content: &Map<String, Value>) -> Result<Self, String>;
}

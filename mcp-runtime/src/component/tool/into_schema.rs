//! Values that are JSON Schemas.

use mcp_core::schema::{Schema, SchemaError};
use serde_json::Value;

/// A value that can be sent as a JSON Schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a JSON Schema",
    note = "give the text of a schema, a `serde_json::Value`, or a `mcp_runtime::schema::Schema`"
)]
pub trait IntoSchema {
    /// Converts the value to a schema.
    ///
    /// # Errors
    /// [`SchemaError`] if it is not a schema.
    fn into_schema(self) -> Result<Schema, SchemaError>;
}

impl IntoSchema for Schema {
    fn into_schema(self) -> Result<Schema, SchemaError> {
        Ok(self)
    }
}

impl IntoSchema for &str {
    fn into_schema(self) -> Result<Schema, SchemaError> {
        Schema::parse(self)
    }
}

impl IntoSchema for String {
    fn into_schema(self) -> Result<Schema, SchemaError> {
        Schema::parse(&self)
    }
}

impl IntoSchema for Value {
    fn into_schema(self) -> Result<Schema, SchemaError> {
        Schema::from_value(&self)
    }
}

impl IntoSchema for &Value {
    fn into_schema(self) -> Result<Schema, SchemaError> {
        Schema::from_value(self)
    }
}

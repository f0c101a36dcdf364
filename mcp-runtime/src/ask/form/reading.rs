//! Visits the fields of a form, to describe them in a schema or to parse an answer.

use mcp_core::schema::Schema;
use mcp_core::schema::form::FormSchema;
use serde_json::{Map, Value};

use super::expected::expected;
use super::spec::FieldSpec;
use crate::shorten::shorten;

/// A type with fields to visit. Generated code implements it beside `Elicit`, so that each field is
/// listed once.
pub trait Fill: Sized {
    /// Visits all fields in order; `None` unless all of them have a value.
    fn fill(fields: &mut impl Fields) -> Option<Self>;
}

/// A visitor of the fields of a form.
pub trait Fields {
    /// Visits one field; `None` unless it has a value.
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T>;
}

/// The schema of a form.
pub fn form_schema<T: Fill>() -> Schema {
    let mut fields = SchemaVisitor(FormSchema::new());
    T::fill(&mut fields);
    fields.0.finish()
}

/// Parses the content of an answer.
///
/// Unknown members are ignored, because the schema of a form cannot forbid them.
///
/// # Errors
/// All violations of the schema.
pub fn read_form<T: Fill>(content: &Map<String, Value>) -> Result<T, String> {
    let mut fields = ParsingVisitor { content, errors: Vec::new() };
    let filled = T::fill(&mut fields);
    filled.ok_or_else(|| fields.errors.join("; "))
}

struct SchemaVisitor(FormSchema);

impl Fields for SchemaVisitor {
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T> {
        self.0.field(field.name, field.absent().is_none(), field.to_schema());
        None
    }
}

struct ParsingVisitor<'c> {
    content: &'c Map<String, Value>,
    errors: Vec<String>,
}

impl Fields for ParsingVisitor<'_> {
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T> {
        match read(&field, self.content.get(field.name)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(format!("`{}`: {error}", field.name));
                None
            }
        }
    }
}

/// Parses one field. `null` counts as absent, because some clients send it for an empty field.
fn read<T>(field: &FieldSpec<T>, given: Option<&Value>) -> Result<T, String> {
    let wanted = || expected(&field.kind());
    let given = given.filter(|value| !value.is_null() || field.absent().is_none());
    match given {
        Some(value) => field
            .read(value)
            .ok_or_else(|| format!("expected {}, got {}", wanted(), shorten(&value.to_string()))),
        None => {
            let value = field.absent().ok_or_else(|| format!("missing, expected {}", wanted()))?;
            match field.accepts(&value) {
                true => Ok(value),
                false => Err(format!("left out, and its default is not {}", wanted())),
            }
        }
    }
}

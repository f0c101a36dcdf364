//! The fields of a form, one after the other: described, or read from what was filled in.

use mcp_core::schema::Schema;
use mcp_core::schema::form::FormSchema;
use serde_json::{Map, Value};

use super::expected::expected;
use super::spec::FieldSpec;
use crate::shorten::shorten;

/// A type whose fields can be walked over. Generated code implements it beside `Elicit`, so that
/// each field is written once.
pub trait Fill: Sized {
    /// Hands every field over, in order; nothing unless all of them were read.
    fn fill(fields: &mut impl Fields) -> Option<Self>;
}

/// What is done with the fields of a form.
pub trait Fields {
    /// Takes one field; nothing unless it was read.
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T>;
}

/// The schema of a form.
pub fn form_schema<T: Fill>() -> Schema {
    let mut fields = Described(FormSchema::new());
    T::fill(&mut fields);
    fields.0.finish()
}

/// Reads a form.
///
/// Members that no field has are ignored: the schema that the client was sent has no way to forbid
/// them, so an answer with more in it is one that was asked for.
///
/// # Errors
/// Everything that is wrong with what was filled in.
pub fn read_form<T: Fill>(content: &Map<String, Value>) -> Result<T, String> {
    let mut fields = Answers { content, faults: Vec::new() };
    let filled = T::fill(&mut fields);
    filled.ok_or_else(|| fields.faults.join("; "))
}

struct Described(FormSchema);

impl Fields for Described {
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T> {
        self.0.field(field.name, field.absent().is_none(), field.shown());
        None
    }
}

struct Answers<'c> {
    content: &'c Map<String, Value>,
    faults: Vec<String>,
}

impl Fields for Answers<'_> {
    fn field<T>(&mut self, field: FieldSpec<T>) -> Option<T> {
        match read(&field, self.content.get(field.name)) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.faults.push(format!("`{}`: {fault}", field.name));
                None
            }
        }
    }
}

/// Reads one field. Clients whose language has a word for nothing send that for a field that was
/// left empty.
fn read<T>(field: &FieldSpec<T>, given: Option<&Value>) -> Result<T, String> {
    let wanted = || expected(&field.kind());
    let given = given.filter(|value| !value.is_null() || field.absent().is_none());
    match given {
        Some(value) => field
            .read(value)
            .ok_or_else(|| format!("expected {}, got {}", wanted(), shorten(&value.to_string()))),
        None => {
            let value = field.absent().ok_or_else(|| format!("missing, expected {}", wanted()))?;
            match field.keeps(&value) {
                true => Ok(value),
                false => Err(format!("left out, and its default is not {}", wanted())),
            }
        }
    }
}

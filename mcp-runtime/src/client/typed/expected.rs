//! Expectations of a method of a client about its tool, as far as its types have schemas.

use std::fmt;
use std::marker::PhantomData;

use mcp_core::schema::InputSchema;
use schemars::JsonSchema;
use serde_json::Value;

/// The tool that a method of a client expects.
#[derive(Debug)]
pub struct ExpectedTool {
    pub(super) tool: &'static str,
    pub(super) arguments: Vec<(&'static str, Option<ExpectedSchema>)>,
    pub(super) output: Option<ExpectedSchema>,
}

impl ExpectedTool {
    /// Creates a tool without arguments.
    pub fn new(tool: &'static str) -> Self {
        Self { tool, arguments: Vec::new(), output: None }
    }

    /// Adds an argument, with its schema if its type has one.
    #[must_use]
    pub fn argument(mut self, name: &'static str, schema: Option<ExpectedSchema>) -> Self {
        self.arguments.push((name, schema));
        self
    }

    /// Sets the schema of the output, if its type has one.
    #[must_use]
    pub fn returns(mut self, schema: Option<ExpectedSchema>) -> Self {
        self.output = schema;
        self
    }
}

/// The schema of an expected argument or output.
#[derive(Debug)]
pub struct ExpectedSchema {
    /// Schema of an object whose member [`MEMBER`] is of the type.
    pub(super) root: Value,
    /// `true` unless the type is an `Option`.
    pub(super) is_required: bool,
}

/// The member of the root of an [`ExpectedSchema`] that is of the type.
pub(super) const MEMBER: &str = "value";

impl ExpectedSchema {
    /// Creates the schema of a type.
    pub(super) fn of<T: JsonSchema>() -> Self {
        let mut schema = InputSchema::new();
        let is_required = schema.argument::<T>(MEMBER).required;
        Self { root: schema.finish(true).to_value(), is_required }
    }
}

/// Finds out whether a type has a schema. A method of the traits below is called on a reference to
/// it, and the compiler chooses the first trait that applies.
pub struct SchemaProbe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> SchemaProbe<T> {
    /// Creates a probe of a type.
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: ?Sized> fmt::Debug for SchemaProbe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SchemaProbe")
    }
}

/// A type with a schema.
pub trait TypeWithSchema {
    /// Returns its schema.
    fn schema(&self) -> Option<ExpectedSchema>;
}

impl<T: JsonSchema> TypeWithSchema for SchemaProbe<T> {
    fn schema(&self) -> Option<ExpectedSchema> {
        Some(ExpectedSchema::of::<T>())
    }
}

/// A type without a schema.
pub trait TypeWithoutSchema {
    /// Returns `None`.
    fn schema(&self) -> Option<ExpectedSchema>;
}

impl<T: ?Sized> TypeWithoutSchema for &SchemaProbe<T> {
    fn schema(&self) -> Option<ExpectedSchema> {
        None
    }
}

/// A `Result` of a type with a schema.
pub trait OutputWithSchema {
    /// Returns the schema of the type.
    fn output(&self) -> Option<ExpectedSchema>;
}

impl<T: JsonSchema, E> OutputWithSchema for SchemaProbe<Result<T, E>> {
    fn output(&self) -> Option<ExpectedSchema> {
        Some(ExpectedSchema::of::<T>())
    }
}

/// A `Result` of a type without a schema.
pub trait OutputWithoutSchema {
    /// Returns `None`.
    fn output(&self) -> Option<ExpectedSchema>;
}

impl<T: ?Sized> OutputWithoutSchema for &SchemaProbe<T> {
    fn output(&self) -> Option<ExpectedSchema> {
        None
    }
}

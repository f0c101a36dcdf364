//! What a method of a client expects of its tool, as far as its types say.

use std::fmt;
use std::marker::PhantomData;

use mcp_core::schema::InputSchema;
use schemars::JsonSchema;
use serde_json::Value;

/// What a method expects of its tool.
#[derive(Debug)]
pub struct Expected {
    pub(super) tool: &'static str,
    pub(super) arguments: Vec<(&'static str, Option<Shape>)>,
    pub(super) output: Option<Shape>,
}

impl Expected {
    /// A tool of a name, without arguments.
    pub fn new(tool: &'static str) -> Self {
        Self { tool, arguments: Vec::new(), output: None }
    }

    /// Adds an argument, with its shape where its type has a schema.
    #[must_use]
    pub fn argument(mut self, name: &'static str, shape: Option<Shape>) -> Self {
        self.arguments.push((name, shape));
        self
    }

    /// Says what is read, where its type has a schema.
    #[must_use]
    pub fn returns(mut self, shape: Option<Shape>) -> Self {
        self.output = shape;
        self
    }
}

/// The schema of a type.
#[derive(Debug)]
pub struct Shape {
    /// A schema of an object, whose member `value` is of the type.
    pub(super) root: Value,
    /// Whether the value has to be there, which it has unless its type is an `Option`.
    pub(super) is_required: bool,
}

/// The member of a [`Shape`]'s root that is of the type.
pub(super) const MEMBER: &str = "value";

impl Shape {
    /// That of a type.
    pub(super) fn of<T: JsonSchema>() -> Self {
        let mut schema = InputSchema::new();
        let is_required = schema.argument::<T>(MEMBER).required;
        Self { root: schema.finish(true).to_value(), is_required }
    }
}

/// A type that may have a schema. The methods of the traits below, called on a reference to it, find
/// out: the compiler takes the first one that fits.
pub struct Described<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Described<T> {
    /// A type.
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: ?Sized> fmt::Debug for Described<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Described")
    }
}

/// A type with a schema.
pub trait ShownType {
    /// Its shape.
    fn schema(&self) -> Option<Shape>;
}

impl<T: JsonSchema> ShownType for Described<T> {
    fn schema(&self) -> Option<Shape> {
        Some(Shape::of::<T>())
    }
}

/// A type without a schema.
pub trait OpaqueType {
    /// Nothing.
    fn schema(&self) -> Option<Shape>;
}

impl<T: ?Sized> OpaqueType for &Described<T> {
    fn schema(&self) -> Option<Shape> {
        None
    }
}

/// A `Result` of a type with a schema.
pub trait ShownOutput {
    /// The shape of the type.
    fn output(&self) -> Option<Shape>;
}

impl<T: JsonSchema, E> ShownOutput for Described<Result<T, E>> {
    fn output(&self) -> Option<Shape> {
        Some(Shape::of::<T>())
    }
}

/// A `Result` of a type without a schema.
pub trait OpaqueOutput {
    /// Nothing.
    fn output(&self) -> Option<Shape>;
}

impl<T: ?Sized> OpaqueOutput for &Described<T> {
    fn output(&self) -> Option<Shape> {
        None
    }
}

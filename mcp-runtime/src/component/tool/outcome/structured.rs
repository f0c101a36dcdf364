//! Structured content and its schema.

use mcp_core::json::{self, NotFinite, not_finite};
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::schema::{Schema, is_null, is_object, is_text, output_schema};
use schemars::JsonSchema;
use serde::Serialize;

use super::json_text::JsonText;
use super::{ToolOutcome, ToolReply};

/// A type that a tool can return, alone or as the success of a `Result`.
///
/// It is implemented for every `Serialize + JsonSchema` type, which becomes structured content, and
/// for content: `Content`, `Image`, `Audio`, `ResourceLink`, `EmbeddedResource`, `Vec` and `Option`
/// of those, and `CallToolResult`. Any string type becomes text. `Via` distinguishes them and is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tool",
    label = "neither structured data nor content",
    note = "structured data needs `#[derive(serde::Serialize, schemars::JsonSchema)]`",
    note = "`Uuid`, `DateTime` and `Url` need the feature `uuid`, `chrono` or `url` of `mcp-runtime`, which enables `uuid1`, `chrono04` or `url2` of `schemars`",
    note = "`Decimal` needs the feature `rust_decimal1` of `schemars`, and `serde` of its crate",
    note = "content is `String`, `Content`, `Image`, `Audio`, `ResourceLink`, `EmbeddedResource`, `Vec` or `Option` of those, or `CallToolResult`"
)]
pub trait ToolResult<Via>: Sized {
    #[doc(hidden)]
    fn describe() -> ResultSchema;

    #[doc(hidden)]
    fn into_reply(self, shape: Shape) -> ToolReply;
}

/// Marks a [`ToolResult`] that is structured data, or text.
#[derive(Debug)]
pub enum ViaStructured {}

/// Marks a [`ToolResult`] that is content.
#[derive(Debug)]
pub enum ViaContent {}

/// Form in which the values of a result type are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As text: the type is a string, or a string that may be absent.
    Text,
    /// As nothing: the type is `()`.
    Empty,
    /// As structured content.
    Structured {
        /// `true` if the schema is not that of an object. Revisions that require an
        /// object receive the value as its member `result`.
        wrapped: bool,
    },
}

impl Shape {
    pub(crate) fn is_wrapped(self) -> bool {
        matches!(self, Self::Structured { wrapped: true })
    }
}

/// Form and schema of a result type.
#[derive(Debug)]
pub struct ResultSchema {
    pub(crate) shape: Shape,
    pub(crate) schema: Option<Schema>,
}

impl ResultSchema {
    /// Of a result that is composed of content and has no schema.
    pub(crate) fn unstructured() -> Self {
        Self { shape: Shape::Structured { wrapped: false }, schema: None }
    }

    /// Of structured data with a schema.
    fn of(schema: Schema) -> Self {
        if schema.as_str() == "{}" {
            // An empty schema: advertising it would only wrap every value.
            Self::unstructured()
        } else if is_text(&schema) {
            Self { shape: Shape::Text, schema: None }
        } else if is_null(&schema) {
            Self { shape: Shape::Empty, schema: None }
        } else {
            Self::stated(schema)
        }
    }

    /// Of structured data with this very schema.
    pub(crate) fn stated(schema: Schema) -> Self {
        let wrapped = !is_object(&schema);
        Self { shape: Shape::Structured { wrapped }, schema: Some(schema) }
    }
}

impl<T: Serialize + JsonSchema> ToolResult<ViaStructured> for T {
    fn describe() -> ResultSchema {
        ResultSchema::of(output_schema::<T>())
    }

    fn into_reply(self, shape: Shape) -> ToolReply {
        if shape == Shape::Empty {
            return Ok(ToolOutcome::json(JsonText::new(Vec::new()), shape));
        }
        let mut text = JsonText::buffer();
        if let Err(error) = json::try_value(&mut text, &self) {
            return Err(unwritable(&error.to_string()));
        }
        match not_finite(&self, &text).filter(|_| shape != Shape::Text) {
            Some(found) => Ok(impossible(&found)),
            None => Ok(ToolOutcome::json(JsonText::new(text), shape)),
        }
    }
}

/// Failure of a tool whose result contains NaN or an infinity.
#[cold]
fn impossible(found: &NotFinite) -> ToolOutcome {
    tracing::error!(%found, "the result of a tool cannot be written as JSON");
    ToolOutcome::failed(format!("the result of the tool cannot be written as JSON: {found}"))
}

/// Error of a result that cannot be serialized. The reason is logged, not sent.
#[cold]
pub(crate) fn unwritable(why: &str) -> ProtocolError {
    tracing::error!(why, "the result of a tool cannot be written as JSON");
    ProtocolError::internal("the result of the tool cannot be written as JSON")
}

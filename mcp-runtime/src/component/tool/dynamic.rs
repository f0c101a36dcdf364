//! Tools that are created at run time.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::ToolAnnotations;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::component::arguments::error::{combined, explain_error, report};
use crate::component::arguments::{ArgumentError, Borrowing, Kept, Leniency};
use crate::component::presentation::component_setters;
#[cfg(feature = "providers")]
use crate::component::tool::builder::ListedTool;
use crate::component::tool::builder::ToolBuilder;
use crate::component::tool::call::Call;
use crate::component::tool::failure::{ToolError, ToolFailure};
use crate::component::tool::into_schema::IntoSchema;
use crate::component::tool::outcome::structured::{ResultSchema, Shape, ToolResult};
use crate::component::tool::outcome::{ToolOutcome, ToolReply};
use crate::component::tool::spec::{ToolHandler, ToolSpec};
use crate::constraint::schema::{CompiledSchema, Found, Mismatch, numbers_out_of_range};
use crate::context::handle::Context;

/// A tool with a schema and a handler of its own, for definitions that are known only at run time:
/// a plugin, an entry of a configuration, a tool of another server.
///
/// The schema is sent as it was written. The handler checks the arguments against it, unless
/// the feature `validate` is enabled.
///
/// ```
/// use mcp_runtime::tool::{Arguments, Tool};
/// use mcp_runtime::{Context, ToolError};
///
/// let shout = Tool::new(
///     "shout",
///     r#"{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}"#,
///     async |_cx: Context, arguments: Arguments| {
///         let (text,): (String,) = arguments.parse().map(|Input { text }| (text,))?;
///         Ok::<_, ToolError>(text.to_uppercase())
///     },
/// )
/// .description("Says it louder.");
///
/// #[derive(serde::Deserialize)]
/// struct Input {
///     text: String,
/// }
/// # drop(shout);
/// ```
pub struct Tool(ToolBuilder);

impl Tool {
    /// Creates a tool with a name, the schema of its arguments, and a handler.
    ///
    /// The name may have dots and up to 128 characters, which some hosts reject; 64 characters of
    /// `A-Za-z0-9_-` work everywhere.
    ///
    /// The handler returns what a `#[tool]` function may return. One that fails with a type that
    /// can itself be a result, such as `String`, is ambiguous: let it fail with [`ToolError`].
    pub fn new<F, Running, R, Via>(
        name: impl Into<String>,
        schema: impl IntoSchema,
        handler: F,
    ) -> Self
    where
        F: Fn(Context, Arguments) -> Running + Send + Sync + 'static,
        Running: Future<Output = R> + Send + 'static,
        R: DynamicResult<Via>,
    {
        let mut builder = ToolBuilder::named(name).wide_name().input_schema(schema);
        builder.result = Some(R::describe());
        let handler = Arc::new(handler);
        builder.handler = Some(Arc::new(Handler { handler, reply: R::into_reply }));
        Self(builder)
    }

    component_setters!(0);

    /// Sets the schema of structured results, in place of the one derived from the type that the
    /// handler returns.
    #[must_use]
    pub fn output_schema(mut self, schema: impl IntoSchema) -> Self {
        match schema.into_schema() {
            Ok(schema) => self.0.result = Some(ResultSchema::stated(schema)),
            Err(error) => self.0.errors.push(error.to_string()),
        }
        self
    }

    /// Sets the hints about the behaviour of the tool.
    #[must_use]
    pub fn annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.0.annotations = annotations;
        self
    }

    /// Describes the tool.
    #[cfg(feature = "providers")]
    pub(crate) fn list(&self) -> Result<ListedTool, Vec<String>> {
        self.0.list(false)
    }

    /// Checks the tool.
    pub(crate) fn into_spec(self) -> Result<ToolSpec, Vec<String>> {
        self.0.finish(false, Leniency::Null)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.0.name).finish_non_exhaustive()
    }
}

struct Handler<F, R> {
    handler: Arc<F>,
    reply: fn(R, Shape) -> ToolReply,
}

impl<F, Running, R> ToolHandler for Handler<F, R>
where
    F: Fn(Context, Arguments) -> Running + Send + Sync + 'static,
    Running: Future<Output = R> + Send + 'static,
    R: 'static,
{
    fn call(&self, call: Call) -> crate::component::tool::spec::ToolFuture {
        let errors = argument_errors(&call);
        if !errors.is_empty() {
            let refusal = ToolOutcome::failed(report(call.spec().name(), &errors));
            return Box::pin(std::future::ready(Ok(refusal)));
        }
        let shape = call.spec().shape;
        let (handler, reply) = (Arc::clone(&self.handler), self.reply);
        // The handler is called when the future is polled, because it may block even before it
        // returns its own future.
        Box::pin(async move {
            let running = handler(call.context().clone(), Arguments(call));
            reply(running.await, shape)
        })
    }
}

/// Errors of arguments that no handler can read, and violations of the schema if they are looked for.
fn argument_errors(call: &Call) -> Vec<ArgumentError> {
    let large = numbers_out_of_range(Raw::from_accepted(call.arguments()));
    #[cfg(feature = "validate")]
    if large.is_empty()
        && let Some(validator) = &call.spec().validator
    {
        return validator.check(call.arguments());
    }
    large.into_iter().map(ArgumentError::from).collect()
}

/// Arguments of a call, unread.
pub struct Arguments(Call);

impl Arguments {
    /// Deserializes the arguments.
    ///
    /// # Errors
    /// An error for the model with the path of the argument that does not fit the type.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ToolError> {
        let json = self.as_str();
        if let Ok(value) = serde_json::from_str(json) {
            return Ok(value);
        }
        let kept = self.0.kept().keep(Kept::decoded(json));
        let mut reader = serde_json::Deserializer::from_str(json);
        let reader = Borrowing::new(&mut reader, &kept.decoded);
        serde_path_to_error::deserialize(reader).map_err(|error| {
            let spec = self.0.spec();
            let errors = combined(self.mismatches(), explain_error(&error, json));
            ToolError::new(report(spec.name(), &errors))
        })
    }

    /// Parts of the arguments that do not fit the schema of the tool.
    fn mismatches(&self) -> Vec<Mismatch<'_>> {
        let schema = self.0.spec().tool.input_schema.to_value();
        let definitions = schema.get("$defs").and_then(Value::as_object);
        let none = Map::new();
        // What is not compiled finds no mismatches.
        let (schema, _) = CompiledSchema::compile(&schema, definitions.unwrap_or(&none));
        schema.explain("", Found::Json(Raw::from_accepted(self.as_str())))
    }

    /// The arguments as the text of a JSON object.
    pub fn as_str(&self) -> &str {
        self.0.arguments()
    }

    /// The arguments as a value.
    pub fn to_value(&self) -> Value {
        // The text was checked when it was received and the numbers when the handler was called, so the
        // fallback is never taken.
        serde_json::from_str(self.as_str()).unwrap_or_default()
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arguments({})", self.as_str())
    }
}

/// Return type of the handler of a [`Tool`]: the same types as of a `#[tool]` function. `Via` is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tool",
    note = "return what derives `serde::Serialize` and `schemars::JsonSchema`, text, content, or a `Result` of one of those"
)]
pub trait DynamicResult<Via>: Sized + 'static {
    #[doc(hidden)]
    fn describe() -> ResultSchema;

    #[doc(hidden)]
    fn into_reply(self, shape: Shape) -> ToolReply;
}

/// Marks a [`DynamicResult`] that is a [`ToolResult`].
#[derive(Debug)]
pub struct ViaPlain<Via>(Via);

/// Marks a [`DynamicResult`] that is a `Result`.
#[derive(Debug)]
pub struct ViaFallible<Via, ErrorVia>(Via, ErrorVia);

impl<T: ToolResult<Via> + 'static, Via> DynamicResult<ViaPlain<Via>> for T {
    fn describe() -> ResultSchema {
        <T as ToolResult<Via>>::describe()
    }

    fn into_reply(self, shape: Shape) -> ToolReply {
        ToolResult::into_reply(self, shape)
    }
}

impl<T, E, Via, ErrorVia> DynamicResult<ViaFallible<Via, ErrorVia>> for Result<T, E>
where
    T: ToolResult<Via> + 'static,
    E: ToolFailure<ErrorVia> + 'static,
{
    fn describe() -> ResultSchema {
        T::describe()
    }

    fn into_reply(self, shape: Shape) -> ToolReply {
        match self {
            Ok(value) => value.into_reply(shape),
            Err(error) => error.into_reply(),
        }
    }
}

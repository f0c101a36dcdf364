//! Results of the kinds that extensions add.

use mcp_core::protocol::CallToolResult;
use serde::Serialize;

use super::{ResultSchema, Shape, ToolOutcome, ToolReply, ToolResult};
use crate::component::rendered::Rendered;

/// The result of a tool that may be of another kind than the protocol's, for clients that support
/// the extension which adds it.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::tool::ExtendedResult;
///
/// /// Render a film.
/// #[tool]
/// async fn render(cx: &Context) -> ExtendedResult {
///     if cx.client().extension("com.example/tickets").is_some() {
///         return ExtendedResult::new("ticket", serde_json::json!({ "ticket": 7 }));
///     }
///     CallToolResult::text("the film is ready").into()
/// }
/// ```
#[derive(Debug)]
pub struct ExtendedResult(Kind);

#[derive(Debug)]
enum Kind {
    Usual(Box<CallToolResult>),
    Extended(Result<Rendered, String>),
}

impl ExtendedResult {
    /// A result of a kind, with its members: anything that is an object as JSON.
    ///
    /// Revisions before 2026-07-28 do not name the kind of a result.
    pub fn new(result_type: impl Into<Box<str>>, members: impl Serialize) -> Self {
        let rendered = Rendered::of(&members).map(|mut rendered| {
            rendered.result_type = Some(result_type.into());
            rendered
        });
        Self(Kind::Extended(rendered))
    }
}

impl From<CallToolResult> for ExtendedResult {
    fn from(result: CallToolResult) -> Self {
        Self(Kind::Usual(Box::new(result)))
    }
}

/// Marks [`ExtendedResult`] as a [`ToolResult`].
#[derive(Debug)]
pub enum ViaExtended {}

#[diagnostic::do_not_recommend]
impl ToolResult<ViaExtended> for ExtendedResult {
    fn describe() -> ResultSchema {
        ResultSchema::unstructured()
    }

    fn into_reply(self, shape: Shape) -> ToolReply {
        match self.0 {
            Kind::Usual(result) => Ok(ToolOutcome::composed(*result, shape.is_wrapped())),
            Kind::Extended(Ok(rendered)) => Ok(ToolOutcome::extended(rendered)),
            Kind::Extended(Err(why)) => Err(super::structured::unwritable(&why)),
        }
    }
}

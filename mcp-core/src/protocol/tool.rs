//! Tools of servers.

use std::borrow::Cow;

use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::borrowed::text;
use super::builders::{constructor, setters};
use super::{CacheScope, Content, Cursor, Icon, InputResponses, Meta, TaskRequest, TaskSupport};
use crate::json::not_finite;
use crate::lenient::{decoration, decorations, or_default, schema_decoration};
use crate::schema::Schema;

/// Tool in a list.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tool {
    /// Name for programs and models.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description, for models.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Schema of the arguments.
    pub input_schema: Schema,
    /// Schema of the structured content.
    #[serde(default, with = "schema_decoration", skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Schema>,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<ToolAnnotations>,
    /// Ways to run it. Revision 2025-11-25 only.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub execution: Option<ToolExecution>,
    /// Icons.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Hints about the behaviour of a tool. Clients must not rely on those of an untrusted server.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolAnnotations {
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The tool changes nothing; absent means `false`.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// The tool may destroy something; absent means `true`.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Calling it twice is the same as once; absent means `false`.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// The tool deals with external systems; absent means `true`.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

/// Ways to run a tool. Revision 2025-11-25 only.
///
/// Specification: [Tool-level negotiation](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolExecution {
    /// Support for tasks; absent means none.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub task_support: Option<TaskSupport>,
}

/// Result of `tools/list`.
///
/// Specification: [Listing tools](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#listing-tools).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListToolsResult {
    /// Items of the page.
    #[serde(deserialize_with = "or_default")]
    pub tools: Vec<Tool>,
    /// Start of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// Milliseconds for which the result may be cached. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Scope of the cached result. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `tools/call`.
///
/// Borrowed from the request: arguments and metadata stay text until they are deserialised.
///
/// Specification: [Calling tools](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallToolParams<'a> {
    /// Name of the tool.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Arguments, an object.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<&'a RawValue>,
    /// Answers to the questions of an earlier attempt. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// State of the server from its questions, unchanged. Since 2026-07-28.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub request_state: Option<Cow<'a, str>>,
    /// Request to run as a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata, [`RequestMeta`](super::RequestMeta) or [`Meta`].
    #[serde(borrow, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<&'a RawValue>,
}

/// Result of `tools/call`.
///
/// Specification: [Tool result](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallToolResult {
    /// Content for people and models.
    #[serde(default, deserialize_with = "or_default")]
    pub content: Vec<Content>,
    /// Structured content for programs; fits the output schema of the tool.
    #[serde(default, deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Box<RawValue>>,
    /// `true` if the tool failed; the content is the reason.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Deserialises structured content, and keeps a `null` apart from an absent member.
fn even_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Tool {
    /// Creates a tool from its name and the schema of its arguments.
    pub fn new(name: impl Into<String>, input_schema: Schema) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            input_schema,
            output_schema: None,
            annotations: None,
            execution: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Tool {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets the schema of the structured content.
    output_schema => output_schema: Schema,
    /// Sets the annotations.
    annotations => annotations: ToolAnnotations,
    /// Sets the metadata.
    meta => meta: Meta,
});

impl ToolAnnotations {
    /// Creates empty annotations.
    pub fn new() -> Self {
        Self::default()
    }

    /// `true` if no annotation is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

setters!(ToolAnnotations {
    /// Sets the title for people.
    title => title: String,
    /// Sets whether the tool changes nothing.
    read_only => read_only_hint: bool,
    /// Sets whether the tool may destroy something.
    destructive => destructive_hint: bool,
    /// Sets whether calling the tool twice is the same as once.
    idempotent => idempotent_hint: bool,
    /// Sets whether the tool deals with external systems.
    open_world => open_world_hint: bool,
});

impl<'a> CallToolParams<'a> {
    /// Creates a call from arguments that are an object in JSON.
    pub fn new(name: impl Into<Cow<'a, str>>, arguments: Option<&'a RawValue>) -> Self {
        Self { name: name.into(), arguments, ..Self::default() }
    }
}

impl CallToolResult {
    /// Creates the result of a successful tool from its content.
    pub fn new(content: impl IntoIterator<Item = Content>) -> Self {
        Self { content: content.into_iter().collect(), ..Self::default() }
    }

    /// Creates the result of a successful tool from a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new([Content::text(text)])
    }

    /// Creates the result of a failed tool from a text.
    pub fn error(text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// Creates a result from a value: structured content, and the same as text.
    ///
    /// # Errors
    /// The error of `serde_json` if the value cannot be serialised, or contains NaN or an infinity.
    pub fn structured(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let raw = serde_json::value::to_raw_value(value)?;
        if let Some(found) = not_finite(value, raw.get().as_bytes()) {
            return Err(serde_json::Error::custom(found));
        }
        Ok(Self { structured_content: Some(raw.clone()), ..Self::text(raw.get()) })
    }

    /// Adds a block of content.
    #[must_use]
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        self.content.push(content.into());
        self
    }

    /// Joins the texts of its content, one a line; other content is left out.
    pub fn to_text(&self) -> String {
        let texts: Vec<_> = self.content.iter().filter_map(Content::as_text).collect();
        texts.join("\n")
    }
}

setters!(CallToolResult {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a page of tools.
    ListToolsResult(tools: Vec<Tool>) next_cursor ttl_ms cache_scope meta
);

setters!(ListToolsResult {
    /// Sets the start of the next page.
    next_cursor => next_cursor: Cursor,
    /// Sets the metadata.
    meta => meta: Meta,
});

impl ToolExecution {
    /// Creates the ways to run a tool from its support for tasks.
    pub fn new(task_support: TaskSupport) -> Self {
        Self { task_support: Some(task_support) }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{CallToolParams, CallToolResult, Content, ListToolsResult, Tool, ToolAnnotations};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn the_texts_of_a_result_are_its_text() {
        let result = CallToolResult::text("one").content(Content::image([0], "image/png"));
        assert_eq!(result.content(Content::text("two")).to_text(), "one\ntwo");
    }

    #[test]
    fn samples_round_trip() {
        keeps::<Tool>(r#"{"name":"t","inputSchema":{"type":"object"}}"#);
        keeps::<Tool>(
            r#"{"name":"t","title":"T","description":"d","inputSchema":{"type":"object","x":1},"outputSchema":{"type":"array"},"annotations":{"title":"T","readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false},"execution":{"taskSupport":"optional"},"icons":[{"src":"a:b"}],"_meta":{"x":1}}"#,
        );
        refuses::<Tool>(r#"{"name":"t"}"#);
        rewrites::<ListToolsResult>(
            r#"{"resultType":"complete","tools":[],"ttlMs":0,"cacheScope":"public"}"#,
            r#"{"tools":[],"ttlMs":0,"cacheScope":"public"}"#,
        );
        keeps::<CallToolResult>(
            r#"{"content":[{"type":"text","text":"a"},{"type":"later"}],"structuredContent":{"b":1.0},"isError":true,"_meta":{"x":1}}"#,
        );
        rewrites::<CallToolResult>("{}", r#"{"content":[]}"#);
        keeps::<CallToolResult>(r#"{"content":[],"structuredContent":null}"#);
        refuses::<CallToolResult>(r#"{"content":[{"type":"text"}]}"#);
    }

    #[test]
    fn schemas_keep_the_order_of_their_keys() {
        let sample = r#"{"name":"t","inputSchema":{"type":"object","properties":{"z":{},"a":{}}}}"#;
        let tool: Tool = serde_json::from_str(sample).unwrap();
        assert_eq!(serde_json::to_string(&tool).unwrap(), sample);
    }

    #[test]
    fn a_call_is_borrowed() {
        let sample = r#"{"name":"t","arguments":{"b":1, "a":2},"requestState":"s","_meta":{"progressToken":1}}"#;
        let call: CallToolParams<'_> = serde_json::from_str(sample).unwrap();
        assert!(matches!(call.name, Cow::Borrowed("t")));
        assert!(matches!(call.request_state, Some(Cow::Borrowed("s"))));
        assert_eq!(call.arguments.unwrap().get(), r#"{"b":1, "a":2}"#);
        assert_eq!(serde_json::to_string(&call).unwrap(), sample);
        let bare: CallToolParams<'_> =
            serde_json::from_str(r#"{"name":"t","arguments":null}"#).unwrap();
        assert!(bare.arguments.is_none());
        assert!(serde_json::from_str::<CallToolParams<'_>>("{}").is_err());
    }

    #[test]
    fn results_are_constructed() {
        let check = |result: CallToolResult, expected: &str| {
            assert_eq!(serde_json::to_string(&result).unwrap(), expected);
        };
        check(CallToolResult::text("a"), r#"{"content":[{"type":"text","text":"a"}]}"#);
        check(
            CallToolResult::error("a"),
            r#"{"content":[{"type":"text","text":"a"}],"isError":true}"#,
        );
        check(
            CallToolResult::structured(&[1, 2]).unwrap(),
            r#"{"content":[{"type":"text","text":"[1,2]"}],"structuredContent":[1,2]}"#,
        );
        assert!(ToolAnnotations::new().is_empty());
        assert!(!ToolAnnotations::new().read_only(true).is_empty());
    }
}

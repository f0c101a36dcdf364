//! What servers let models do.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::borrowed::text;
use super::builders::setters;
use super::{CacheScope, Content, Cursor, Icon, InputResponses, Meta, TaskRequest, TaskSupport};
use crate::schema::Schema;

/// Something that a model can have done.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tool {
    /// Name for programs and models.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does, for models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What arguments it takes.
    pub input_schema: Schema,
    /// What structured content it returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Schema>,
    /// How it behaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<ToolAnnotations>,
    /// How it can be run. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<ToolExecution>,
    /// Icons to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// How a tool behaves. Hints only: nobody should trust those of a server they do not trust.
///
/// Specification: [Tool](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolAnnotations {
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// It changes nothing; absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// It may destroy something; absent means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Calling it twice is the same as once; absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// It deals with the world outside; absent means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

/// How a tool can be run. Revision 2025-11-25 only.
///
/// Specification: [Tool-level negotiation](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolExecution {
    /// Whether it runs as a task; absent means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_support: Option<TaskSupport>,
}

/// One page of the tools.
///
/// Specification: [Listing tools](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#listing-tools).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListToolsResult {
    /// The page.
    pub tools: Vec<Tool>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// For how many milliseconds the result may be cached. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Who may share the cached result. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Has a tool do its work.
///
/// Borrowed from the request: arguments and metadata are text that is read once it is known who
/// reads it.
///
/// Specification: [Calling tools](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#calling-tools).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallToolParams<'a> {
    /// Which tool.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// With what, an object.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<&'a RawValue>,
    /// Answers to what an earlier attempt asked. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// What the server gave with its questions, returned as it was. Since 2026-07-28.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub request_state: Option<Cow<'a, str>>,
    /// Asks for a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata, [`RequestMeta`](super::RequestMeta) or [`Meta`].
    #[serde(borrow, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<&'a RawValue>,
}

/// What a tool has to say.
///
/// Specification: [Tool result](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallToolResult {
    /// For people and models.
    #[serde(default)]
    pub content: Vec<Content>,
    /// For programs; fits the output schema of the tool.
    #[serde(default, deserialize_with = "even_null", skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Box<RawValue>>,
    /// Whether the tool failed; the content says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Structured content that is `null` is content, unlike structured content that is absent.
fn even_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Tool {
    /// A tool with a name and the arguments it takes.
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
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Tool {
    /// Gives it a name for people.
    with_title => title: String,
    /// Says what it does.
    with_description => description: String,
    /// Says what structured content it returns.
    with_output_schema => output_schema: Schema,
    /// Says how it behaves.
    with_annotations => annotations: ToolAnnotations,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

impl ToolAnnotations {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

setters!(ToolAnnotations {
    /// Gives the tool a name for people.
    with_title => title: String,
    /// Says whether it changes nothing.
    with_read_only => read_only_hint: bool,
    /// Says whether it may destroy something.
    with_destructive => destructive_hint: bool,
    /// Says whether calling it twice is the same as once.
    with_idempotent => idempotent_hint: bool,
    /// Says whether it deals with the world outside.
    with_open_world => open_world_hint: bool,
});

impl<'a> CallToolParams<'a> {
    /// A call with arguments that are an object in JSON.
    pub fn new(name: impl Into<Cow<'a, str>>, arguments: Option<&'a RawValue>) -> Self {
        Self { name: name.into(), arguments, ..Self::default() }
    }
}

impl CallToolResult {
    /// Content of a tool that succeeded.
    pub fn new(content: impl IntoIterator<Item = Content>) -> Self {
        Self { content: content.into_iter().collect(), ..Self::default() }
    }

    /// Text of a tool that succeeded.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new([Content::text(text)])
    }

    /// Text of a tool that failed.
    pub fn error(text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// A value for programs, and the same as text for everybody else.
    ///
    /// # Errors
    /// If the value cannot be written as JSON.
    pub fn structured(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let raw = serde_json::value::to_raw_value(value)?;
        Ok(Self { structured_content: Some(raw.clone()), ..Self::text(raw.get()) })
    }

    /// Adds content.
    #[must_use]
    pub fn with_content(mut self, content: impl Into<Content>) -> Self {
        self.content.push(content.into());
        self
    }

    /// The texts of its content, each on lines of its own; content of other kinds is left out.
    pub fn to_text(&self) -> String {
        let texts: Vec<_> = self.content.iter().filter_map(Content::as_text).collect();
        texts.join("\n")
    }
}

setters!(CallToolResult {
    /// Attaches metadata.
    with_meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{CallToolParams, CallToolResult, Content, ListToolsResult, Tool, ToolAnnotations};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn the_texts_of_a_result_are_its_text() {
        let result = CallToolResult::text("one").with_content(Content::image([0], "image/png"));
        assert_eq!(result.with_content(Content::text("two")).to_text(), "one\ntwo");
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
        assert!(!ToolAnnotations::new().with_read_only(true).is_empty());
    }
}

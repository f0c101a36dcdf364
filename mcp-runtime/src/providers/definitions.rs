//! Definitions of tools as a provider wants them.

use mcp_core::protocol::Tool;
use serde_json::value::RawValue;

use super::answer::{Answer, AnswerError, Arguments, ModelCall};
use super::names::{NameMap, ToolId};
use super::provider::Provider;
use super::raw::raw;
use super::schema::json::{Json, Object};
use super::schema::limits::{MAX_OPTIONAL, MAX_UNIONS};
use super::schema::{NotStrict, ProviderSchema};
use super::tool_set::ToolSet;

/// Definitions of tools for one provider, and what leads from its answers back to the tools.
#[derive(Clone, Debug)]
pub struct Definitions {
    pub(super) provider: Provider,
    pub(super) names: NameMap,
    pub(super) tools: Vec<Definition>,
    pub(super) verbatim: Vec<Json>,
    rendered: Box<RawValue>,
}

/// Definition of one tool.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Tool.
    pub tool: ToolId,
    /// Name at the provider.
    pub name: String,
    /// Schema of the arguments.
    pub schema: ProviderSchema,
    pub(super) rendered: Json,
}

/// Call of a tool, ready to be made.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// Tool.
    pub tool: ToolId,
    /// Arguments, an object. The nulls of strict mode are removed.
    pub arguments: Box<RawValue>,
}

impl Definitions {
    pub(super) fn new(set: &ToolSet, provider: Provider) -> Self {
        let names = NameMap::new(provider, set.tools.iter().map(|(id, _)| id.clone()));
        let mut budget = Budget { optional: MAX_OPTIONAL, unions: MAX_UNIONS };
        let tools: Vec<_> = set
            .tools
            .iter()
            .map(|(id, tool)| {
                let schema = budget.schema(tool, provider, set.strict);
                let name = names.name(id).unwrap_or_default().to_owned();
                let rendered = definition(provider, &name, tool, &schema);
                Definition { tool: id.clone(), name, schema, rendered }
            })
            .collect();
        let verbatim = set.verbatim.iter().filter_map(|raw| Json::parse(raw.get()).ok()).collect();
        let mut definitions =
            Self { provider, names, tools, verbatim, rendered: RawValue::NULL.to_owned() };
        definitions.rendered = definitions.render(|_| true);
        definitions
    }

    /// Returns the provider.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Returns the value of `tools` of a request: an array.
    pub fn tools(&self) -> &RawValue {
        &self.rendered
    }

    /// Returns the definitions one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.tools.iter()
    }

    /// Returns the definitions of some of the tools, and all verbatim ones. Names stay those of the whole
    /// set.
    #[must_use]
    pub fn only(&self, includes: impl Fn(&ToolId) -> bool) -> Self {
        let is_included = |tool: &Definition| includes(&tool.tool);
        Self {
            provider: self.provider,
            names: self.names.clone(),
            tools: self.tools.iter().filter(|tool| is_included(tool)).cloned().collect(),
            verbatim: self.verbatim.clone(),
            rendered: self.render(is_included),
        }
    }

    /// Returns the names of the tools at the provider.
    pub fn names(&self) -> &NameMap {
        &self.names
    }

    /// Returns the tools whose schemas are not strict, with the reasons.
    pub fn not_strict(&self) -> impl Iterator<Item = (&ToolId, &[NotStrict])> {
        let tools = self.tools.iter().filter(|tool| !tool.schema.not_strict().is_empty());
        tools.map(|tool| (&tool.tool, tool.schema.not_strict()))
    }

    /// Reads the answer of the provider.
    ///
    /// # Errors
    /// [`AnswerError`] if the text is not an answer of this provider.
    pub fn answer(&self, text: &str) -> Result<Answer, AnswerError> {
        Answer::parse(self.provider, text)
    }

    /// Finds the tool of a call, and reads its arguments.
    ///
    /// # Errors
    /// A text for the model if there is no such tool, or the arguments are not a JSON object. Return it
    /// as the result of the call.
    pub fn resolve(&self, call: &ModelCall) -> Result<ToolCall, String> {
        let found = self.names.tool(&call.name);
        let Some(tool) = found else {
            return Err(format!("there is no tool `{}`; call one of those offered", call.name));
        };
        let arguments = match &call.arguments {
            Arguments::Object(arguments) => arguments,
            Arguments::Malformed(malformed) => return Err(malformed.to_string()),
        };
        let definition = self.tools.iter().find(|definition| definition.tool == *tool);
        let undone = match definition {
            Some(definition) => definition.schema.undo().apply_text(arguments.get()),
            None => Ok(arguments.get().into()),
        };
        let arguments = undone.and_then(|text| RawValue::from_string(text.into_owned()));
        let arguments =
            arguments.map_err(|error| format!("the arguments are not JSON: {error}"))?;
        Ok(ToolCall { tool: tool.clone(), arguments })
    }

    /// Renders the definitions of some tools, and all verbatim ones.
    pub(super) fn render(&self, includes: impl Fn(&Definition) -> bool) -> Box<RawValue> {
        let tools = self.tools.iter().filter(|tool| includes(tool));
        let mut rendered: Vec<_> = tools.map(|tool| tool.rendered.clone()).collect();
        if self.provider == Provider::Gemini && !rendered.is_empty() {
            let mut functions = Object::default();
            functions.push("functionDeclarations", Json::Array(rendered));
            rendered = vec![Json::Object(functions)];
        }
        rendered.extend(self.verbatim.iter().cloned());
        raw(&Json::Array(rendered))
    }
}

/// Rest of the limits of a request with strict tools of Anthropic.
struct Budget {
    optional: usize,
    unions: usize,
}

impl Budget {
    fn schema(&mut self, tool: &Tool, provider: Provider, strict: bool) -> ProviderSchema {
        let schema = ProviderSchema::new(&tool.input_schema, provider.dialect(strict));
        if provider != Provider::Anthropic || !schema.is_strict() {
            return schema;
        }
        let size = schema.size();
        let left = (self.optional.checked_sub(size.optional), self.unions.checked_sub(size.unions));
        match left {
            (Some(optional), Some(unions)) => {
                *self = Self { optional, unions };
                schema
            }
            _ => {
                let reason = "the strict tools before it have as many optional properties and \
                              unions as a request may have";
                ProviderSchema::new(&tool.input_schema, provider.dialect(false)).refused(reason)
            }
        }
    }
}

fn definition(provider: Provider, name: &str, tool: &Tool, schema: &ProviderSchema) -> Json {
    let parameters = Json::parse(schema.schema().as_str()).unwrap_or(Json::Null);
    let description = tool.description.as_deref().or(tool.title.as_deref());
    let mut into = Object::default();
    if provider == Provider::OpenAiResponses {
        into.push("type", Json::text("function"));
    }
    into.push("name", Json::text(name));
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        into.push("description", Json::text(description));
    }
    match provider {
        Provider::OpenAiResponses | Provider::OpenAiChat => {
            into.push("parameters", parameters);
            into.push("strict", Json::Bool(schema.is_strict()));
        }
        Provider::Anthropic => {
            into.push("input_schema", parameters);
            if schema.is_strict() {
                into.push("strict", Json::Bool(true));
            }
        }
        Provider::Gemini => into.push("parametersJsonSchema", parameters),
    }
    if provider == Provider::OpenAiChat {
        let mut outer = Object::default();
        outer.push("type", Json::text("function"));
        outer.push("function", Json::Object(into));
        return Json::Object(outer);
    }
    Json::Object(into)
}

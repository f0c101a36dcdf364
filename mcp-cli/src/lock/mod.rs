//! The lock of a server: its components, in a file that is committed.

pub(crate) mod bump;
mod canonical;
pub(crate) mod change;
pub(crate) mod compare;
mod read;
pub(crate) mod schema;
mod text;

use std::collections::BTreeMap;

#[cfg(any(test, fuzzing))]
pub(crate) use self::read::read_text;
pub(crate) use self::read::{read, refuse_newer};

use mcp_runtime::client::ServerInfo;
use mcp_runtime::protocol::{Prompt, Resource, ResourceTemplate, TaskSupport, Tool};
use mcp_runtime::revision::Revision;
use mcp_runtime::schema::Schema;
use mcp_runtime::uri::UriTemplate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use self::canonical::closure;
use self::canonical::{digest, sorted, without_annotations};
use crate::commands::list::Listing;
use crate::output::signature;

/// Version of the format.
pub(crate) const FORMAT: u64 = 1;

/// First line of the file, by which it is recognised.
pub(crate) const FIRST_LINE: &str = "# Components of an MCP server, written by `cargo mcp lock`.";

/// Components of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lock {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    /// Sorted by kind and name.
    pub(crate) components: Vec<Component>,
}

/// Content of the file: the lock of one server, or those of all servers of a file or a host, by name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Locks {
    One(Lock),
    Several(BTreeMap<String, Lock>),
}

/// Kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Tool,
    Resource,
    Template,
    Prompt,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Template => "template",
            Self::Prompt => "prompt",
        }
    }
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Component {
    pub(crate) kind: Kind,
    /// Name of a tool or a prompt; URI, or URI template, of a resource.
    pub(crate) name: String,
    /// Digest of the whole schemas, descriptions included.
    pub(crate) digest: String,
    pub(crate) mime_type: Option<String>,
    /// Hints of a tool that are set.
    pub(crate) hints: BTreeMap<String, bool>,
    /// Support of a tool for tasks; `None` if the revision of the server does not state it.
    pub(crate) tasks: Option<Tasks>,
    /// Types of the arguments.
    pub(crate) required: BTreeMap<String, String>,
    pub(crate) optional: BTreeMap<String, String>,
    /// Type of the output.
    pub(crate) output: Option<String>,
    /// Schemas without descriptions, with sorted members.
    pub(crate) schemas: Schemas,
}

/// Support of a tool for tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tasks {
    Forbidden,
    Optional,
    Required,
}

impl Tasks {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }

    /// The support of a tool, if the revision has it in the list of tools.
    fn of(tool: &Tool, revision: Revision) -> Option<Self> {
        if !revision.facts().core_tasks() {
            return None;
        }
        let support = tool.execution.as_ref().and_then(|it| it.task_support.as_ref());
        Some(match support {
            Some(TaskSupport::Optional) => Self::Optional,
            Some(TaskSupport::Required) => Self::Required,
            _ => Self::Forbidden,
        })
    }
}

/// Schemas of a tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schemas {
    pub(crate) input: Option<Value>,
    pub(crate) output: Option<Value>,
}

impl Lock {
    /// The lock of what a server has listed.
    pub(crate) fn new(server: &ServerInfo, listing: &Listing) -> Self {
        let mut components: Vec<_> = listing
            .tools
            .iter()
            .flatten()
            .map(|tool| Component { tasks: Tasks::of(tool, server.revision), ..of_tool(tool) })
            .collect();
        components.extend(listing.resources.iter().flatten().map(of_resource));
        components.extend(listing.resource_templates.iter().flatten().map(of_template));
        components.extend(listing.prompts.iter().flatten().map(of_prompt));
        components.sort_by(|one, other| one.key().cmp(&other.key()));
        // Of components with the same name, the first is the one that calls reach.
        components.dedup_by(|later, first| later.key() == first.key());
        let implementation = server.implementation.as_ref();
        Self {
            name: implementation.map(|it| it.name.clone()),
            version: implementation.map(|it| it.version.clone()),
            components,
        }
    }
}

impl Component {
    fn new(kind: Kind, name: &str, digested: &Value) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            digest: digest(digested),
            mime_type: None,
            hints: BTreeMap::new(),
            tasks: None,
            required: BTreeMap::new(),
            optional: BTreeMap::new(),
            output: None,
            schemas: Schemas::default(),
        }
    }

    pub(crate) fn key(&self) -> (Kind, &str) {
        (self.kind, &self.name)
    }
}

fn of_tool(tool: &Tool) -> Component {
    let input = sorted(&tool.input_schema.to_value());
    let output = tool.output_schema.as_ref().map(Schema::to_value);
    let digested = json!({ "inputSchema": &input, "outputSchema": &output });
    let mut component = Component::new(Kind::Tool, &tool.name, &digested);
    let required = input["required"].as_array().cloned().unwrap_or_default();
    for (name, schema) in input["properties"].as_object().into_iter().flatten() {
        let kind = signature::of_schema(schema, &input);
        let is_required = required.iter().any(|it| it == name);
        let default = schema.get("default").filter(|it| !it.is_null() && !is_required);
        let kind = default.map_or(kind.clone(), |default| format!("{kind} = {default}"));
        let into = if is_required { &mut component.required } else { &mut component.optional };
        into.insert(name.clone(), kind);
    }
    let hints = tool.annotations.clone().unwrap_or_default();
    let hints = [
        ("destructive", hints.destructive_hint),
        ("idempotent", hints.idempotent_hint),
        ("openWorld", hints.open_world_hint),
        ("readOnly", hints.read_only_hint),
    ];
    let set = hints.into_iter().filter_map(|(name, hint)| Some((name.to_owned(), hint?)));
    component.hints = set.collect();
    component.output = output.as_ref().map(type_of);
    component.schemas = Schemas {
        input: Some(without_annotations(&input)),
        output: output.as_ref().map(without_annotations),
    };
    component
}

/// The type of a schema, with the members of an object.
fn type_of(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object().filter(|all| !all.is_empty()) else {
        return signature::of_schema(schema, schema);
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut members: Vec<_> = properties.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let members = members.into_iter().map(|(name, member)| {
        let optional = if required.iter().any(|it| it == name) { "" } else { "?" };
        format!("{name}{optional}: {}", signature::of_schema(member, schema))
    });
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

fn of_resource(resource: &Resource) -> Component {
    let mime_type = resource.mime_type.clone();
    let digested = json!({ "uri": resource.uri, "mimeType": mime_type });
    Component { mime_type, ..Component::new(Kind::Resource, &resource.uri, &digested) }
}

fn of_template(template: &ResourceTemplate) -> Component {
    let mime_type = template.mime_type.clone();
    let digested = json!({ "uriTemplate": template.uri_template, "mimeType": mime_type });
    let component = Component::new(Kind::Template, &template.uri_template, &digested);
    let mut component = Component { mime_type, ..component };
    if let Ok(parsed) = UriTemplate::parse(&template.uri_template) {
        for name in parsed.variables() {
            let is_optional = parsed.is_optional(name);
            let into = if is_optional { &mut component.optional } else { &mut component.required };
            let kind = if parsed.is_list(name) { "string[]" } else { "string" };
            into.insert(name.to_owned(), kind.into());
        }
    }
    component
}

fn of_prompt(prompt: &Prompt) -> Component {
    let arguments = prompt.arguments.iter().map(|argument| {
        let is_required = argument.required.unwrap_or_default();
        json!({ "name": argument.name, "required": is_required })
    });
    let digested = json!({ "arguments": arguments.collect::<Vec<_>>() });
    let mut component = Component::new(Kind::Prompt, &prompt.name, &digested);
    for argument in &prompt.arguments {
        let is_required = argument.required.unwrap_or_default();
        let into = if is_required { &mut component.required } else { &mut component.optional };
        into.insert(argument.name.clone(), "string".into());
    }
    component
}

//! Tools that the model may or must call.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::definitions::Definitions;
use super::names::ToolId;
use super::provider::Provider;
use super::raw::RawObject;

/// Tools that the model may or must call in its next turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// Any tool, or none: the model decides.
    #[default]
    Auto,
    /// At least one tool, which the model chooses.
    Required,
    /// No tool.
    None,
    /// This tool.
    Tool(ToolId),
    /// Only some of the tools.
    Subset {
        /// Tools that may be called.
        tools: Vec<ToolId>,
        /// At least one of them must be called.
        required: bool,
    },
}

/// Members of the body of a request that are about tools, or hold the conversation: `tools`,
/// `tool_choice`, `messages` and others, as the provider has them. Serialises as an object.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct RequestFields(RawObject);

/// Error for a choice of a tool that is not in the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTool(ToolId);

impl fmt::Display for UnknownTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tool choice: the set has no tool `{}`", self.0.tool)?;
        match &self.0.server {
            Some(server) => write!(f, " of the server `{server}`"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownTool {}

impl RequestFields {
    /// Returns the members.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter()
    }

    /// Returns a member.
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.get(name)
    }

    /// Adds the members of another part of the same request.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.0.set(name, value);
    }
}

impl Definitions {
    /// Writes the members of a request that are about tools.
    ///
    /// `parallel` allows or forbids several calls in one turn, where the provider can do so; the
    /// default is that of the provider. Gemini always allows them.
    ///
    /// # Errors
    /// [`UnknownTool`] if the choice names a tool that is not defined.
    pub fn request(
        &self,
        choice: &ToolChoice,
        parallel: Option<bool>,
    ) -> Result<RequestFields, UnknownTool> {
        let mut fields = RequestFields::default();
        if self.tools.is_empty() && self.verbatim.is_empty() {
            return Ok(fields);
        }
        let subset = match choice {
            ToolChoice::Subset { tools, .. } => Some(self.defined(tools)?),
            ToolChoice::Tool(tool) => Some(self.defined(std::slice::from_ref(tool))?),
            _ => None,
        };
        let is_left_out =
            self.provider == Provider::Anthropic && matches!(choice, ToolChoice::Subset { .. });
        let tools = match &subset {
            // There is no choice of several tools: the others are not offered.
            Some(names) if is_left_out => {
                let names: HashSet<&str> = names.iter().copied().collect();
                self.render(|tool| names.contains(&*tool.name))
            }
            _ => self.tools().to_owned(),
        };
        fields.push("tools", &tools);
        let names = subset.unwrap_or_default();
        match self.provider {
            Provider::OpenAiResponses | Provider::OpenAiChat => {
                if let Some(choice) = openai(choice, &names, self.provider) {
                    fields.push("tool_choice", &choice);
                }
                if let Some(parallel) = parallel {
                    fields.push("parallel_tool_calls", &json!(parallel));
                }
            }
            Provider::Anthropic => anthropic(choice, &names, parallel, &mut fields),
            Provider::Gemini => gemini(choice, &names, &mut fields),
        }
        Ok(fields)
    }

    /// Returns the names of tools at the provider.
    fn defined(&self, tools: &[ToolId]) -> Result<Vec<&str>, UnknownTool> {
        let wanted: HashSet<&ToolId> = tools.iter().collect();
        let defined = self.tools.iter().filter(|definition| wanted.contains(&definition.tool));
        let names: HashMap<&ToolId, &str> =
            defined.map(|definition| (&definition.tool, &*definition.name)).collect();
        let find = |id: &ToolId| names.get(id).copied().ok_or_else(|| UnknownTool(id.clone()));
        tools.iter().map(find).collect()
    }
}

fn openai(choice: &ToolChoice, names: &[&str], provider: Provider) -> Option<Value> {
    let function = |name: &str| match provider {
        Provider::OpenAiChat => json!({ "type": "function", "function": { "name": name } }),
        _ => json!({ "type": "function", "name": name }),
    };
    Some(match choice {
        ToolChoice::Auto => return None,
        ToolChoice::Required => json!("required"),
        ToolChoice::None => json!("none"),
        ToolChoice::Tool(_) => function(names.first()?),
        ToolChoice::Subset { required, .. } => {
            let mode = if *required { "required" } else { "auto" };
            let tools: Vec<_> = names.iter().map(|name| function(name)).collect();
            match provider {
                Provider::OpenAiChat => json!({
                    "type": "allowed_tools",
                    "allowed_tools": { "mode": mode, "tools": tools },
                }),
                _ => json!({ "type": "allowed_tools", "mode": mode, "tools": tools }),
            }
        }
    })
}

fn anthropic(
    choice: &ToolChoice,
    names: &[&str],
    parallel: Option<bool>,
    fields: &mut RequestFields,
) {
    let mut value = match choice {
        ToolChoice::Required | ToolChoice::Subset { required: true, .. } => {
            json!({ "type": "any" })
        }
        ToolChoice::None => json!({ "type": "none" }),
        ToolChoice::Tool(_) => json!({ "type": "tool", "name": names.first() }),
        ToolChoice::Auto | ToolChoice::Subset { .. } => json!({ "type": "auto" }),
    };
    if let Some(parallel) = parallel.filter(|_| *choice != ToolChoice::None) {
        value["disable_parallel_tool_use"] = json!(!parallel);
    } else if value["type"] == "auto" {
        return;
    }
    fields.push("tool_choice", &value);
}

fn gemini(choice: &ToolChoice, names: &[&str], fields: &mut RequestFields) {
    let config = match choice {
        ToolChoice::Auto => return,
        ToolChoice::Required => json!({ "mode": "ANY" }),
        ToolChoice::None => json!({ "mode": "NONE" }),
        ToolChoice::Tool(_) | ToolChoice::Subset { required: true, .. } => {
            json!({ "mode": "ANY", "allowedFunctionNames": names })
        }
        // AUTO takes no names; VALIDATED lets the model answer without a call as well.
        ToolChoice::Subset { .. } => json!({ "mode": "VALIDATED", "allowedFunctionNames": names }),
    };
    fields.push("toolConfig", &json!({ "functionCallingConfig": config }));
}

//! Collection of a server's components and their errors.

use super::{Tool, ToolBuilder, ToolSpec};
use crate::component::arguments::Leniency;
use crate::component::prompt::builder::PromptBuilder;
use crate::component::prompt::dynamic::Prompt;
use crate::component::prompt::spec::PromptSpec;
use crate::component::resource::builder::ResourceBuilder;
use crate::component::resource::dynamic::Resource;
use crate::component::resource::spec::{ReadableSpec, ResourceSpec, TemplateSpec};
#[cfg(feature = "providers")]
use crate::component::tool::builder::ListedTool;

/// The components of a server while it is put together.
#[derive(Debug, Default)]
pub struct Registration {
    tools: Vec<Registered<ToolBuilder, Tool>>,
    resources: Vec<Registered<ResourceBuilder, Resource>>,
    prompts: Vec<Registered<PromptBuilder, Prompt>>,
    open: bool,
    /// `true` if the habits of models are not accepted.
    strict: bool,
}

#[derive(Debug)]
enum Registered<F, D> {
    /// Builder of a function's component.
    Function(Box<F>),
    /// Component that was created at run time.
    Dynamic(Box<D>),
}

/// Valid components in their order.
#[derive(Debug, Default)]
pub(crate) struct CheckedComponents {
    pub(crate) tools: Vec<ToolSpec>,
    pub(crate) resources: Vec<ResourceSpec>,
    pub(crate) templates: Vec<TemplateSpec>,
    pub(crate) prompts: Vec<PromptSpec>,
}

impl CheckedComponents {
    /// Adds others behind these.
    pub(crate) fn append(&mut self, other: Self) {
        self.tools.extend(other.tools);
        self.resources.extend(other.resources);
        self.templates.extend(other.templates);
        self.prompts.extend(other.prompts);
    }
}

impl Registration {
    /// Adds a tool that generated code describes.
    pub fn tool(&mut self, tool: ToolBuilder) {
        self.tools.push(Registered::Function(Box::new(tool)));
    }

    /// Adds a resource or template that generated code describes.
    pub fn resource(&mut self, resource: ResourceBuilder) {
        self.resources.push(Registered::Function(Box::new(resource)));
    }

    /// Adds a prompt that generated code describes.
    pub fn prompt(&mut self, prompt: PromptBuilder) {
        self.prompts.push(Registered::Function(Box::new(prompt)));
    }

    /// Adds a tool that is created at run time.
    pub(crate) fn add_tool(&mut self, tool: Tool) {
        self.tools.push(Registered::Dynamic(Box::new(tool)));
    }

    /// Adds a resource or template that is created at run time.
    pub(crate) fn add_resource(&mut self, resource: Resource) {
        self.resources.push(Registered::Dynamic(Box::new(resource)));
    }

    /// Adds a prompt that is created at run time.
    pub(crate) fn add_prompt(&mut self, prompt: Prompt) {
        self.prompts.push(Registered::Dynamic(Box::new(prompt)));
    }

    /// Makes every component ignore unknown arguments.
    pub(crate) fn open_all(&mut self) {
        self.open = true;
    }

    /// Makes every tool read its arguments as they are.
    pub(crate) fn read_strictly(&mut self) {
        self.strict = true;
    }

    /// Returns `true` if tools read their arguments as they are.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// Describes the valid tools, and adds the errors of the others.
    #[cfg(feature = "providers")]
    pub(crate) fn list_tools(&self, errors: &mut Vec<String>) -> Vec<ListedTool> {
        let tools = self.tools.iter().filter_map(|draft| {
            let listed = match draft {
                Registered::Function(tool) => tool.list(self.open),
                Registered::Dynamic(tool) => tool.list(),
            };
            listed.map_err(|found| errors.extend(found)).ok()
        });
        tools.collect()
    }

    /// Returns the valid components and the errors of the others.
    pub(crate) fn finish(self) -> (CheckedComponents, Vec<String>) {
        let mut finished = CheckedComponents::default();
        let mut errors = Vec::new();
        let leniency = if self.strict { Leniency::Null } else { Leniency::Habits };
        for draft in self.tools {
            let spec = match draft {
                Registered::Function(tool) => tool.finish(self.open, leniency),
                Registered::Dynamic(tool) => tool.into_spec(),
            };
            spec.map_or_else(|found| errors.extend(found), |spec| finished.tools.push(spec));
        }
        for draft in self.resources {
            let spec = match draft {
                Registered::Function(resource) => resource.finish(),
                Registered::Dynamic(resource) => resource.into_spec(),
            };
            match spec {
                Ok(ReadableSpec::Resource(spec)) => finished.resources.push(spec),
                Ok(ReadableSpec::Template(spec)) => finished.templates.push(spec),
                Err(found) => errors.extend(found),
            }
        }
        for draft in self.prompts {
            let spec = match draft {
                Registered::Function(prompt) => prompt.finish(self.open),
                Registered::Dynamic(prompt) => prompt.into_spec(self.open),
            };
            spec.map_or_else(|found| errors.extend(found), |spec| finished.prompts.push(spec));
        }
        (finished, errors)
    }
}

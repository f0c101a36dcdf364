//! A prompt while generated code describes it.

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use mcp_core::protocol::{self, GetPromptResult, Icon, Meta, PromptArgument};
use serde::Serialize;
use serde_json::Value;

use super::spec::PromptHandler;
use super::{PromptFuture, PromptSpec};
use crate::component::poll_budget::PollBudget;
use crate::component::strings::call::StringCall;
use crate::component::strings::parameter::StringParameter;
use crate::component::strings::returned::StringReturns;
use crate::component::strings::signature::Signature;

/// Describes a prompt. What is wrong with it is kept until the server is built.
pub struct PromptBuilder {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    title: Option<String>,
    pub(crate) icons: Vec<Icon>,
    pub(crate) meta: Option<Meta>,
    pub(crate) signature: Signature,
    handler: Option<PromptHandler>,
    errors: Vec<String>,
}

impl PromptBuilder {
    /// A prompt with a name and a description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut builder = Self::named(name);
        builder.description = Some(description.into());
        builder
    }

    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            title: None,
            icons: Vec::new(),
            meta: None,
            signature: Signature::default(),
            handler: None,
            errors: Vec::new(),
        }
    }

    /// A name for people.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }

    /// Adds metadata, which has to be an object.
    #[must_use]
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        match serde_json::to_value(meta) {
            Ok(Value::Object(members)) => self.meta = Some(members.into()),
            _ => self.errors.push("its `meta` is not a JSON object".into()),
        }
        self
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter<T>(mut self, parameter: StringParameter<'_, T>) -> Self {
        self.signature.declare(parameter);
        self
    }

    /// Says what the handler returns, which is for the compiler to judge.
    #[must_use]
    pub fn messages<R>(self, _: StringReturns<R, GetPromptResult>) -> Self {
        self
    }

    /// Says what renders it.
    #[must_use]
    pub fn handler(
        mut self,
        handler: impl Fn(StringCall) -> PromptFuture + Send + Sync + 'static,
    ) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Checks the prompt. `open` has it ignore arguments that no parameter takes.
    pub(crate) fn finish(mut self, open: bool) -> Result<PromptSpec, Vec<String>> {
        let name = ToolName::parse_wide(&self.name);
        self.errors.extend(name.err().map(|error| format!("its name {error}")));
        self.errors.append(&mut self.signature.errors);
        self.signature.open |= open;
        let told = |error| format!("prompt `{}`: {error}", self.name);
        let Some(handler) = self.handler else {
            return Err(vec![told("it has no handler".to_owned())]);
        };
        if !self.errors.is_empty() {
            return Err(self.errors.into_iter().map(told).collect());
        }
        let mut prompt = protocol::Prompt::new(self.name);
        prompt.title = self.title;
        prompt.description = self.description;
        prompt.arguments = self
            .signature
            .arguments()
            .map(|argument| {
                let mut listed = PromptArgument::new(&argument.name).required(argument.required);
                listed.title = argument.title.clone();
                listed.description = argument.description.clone();
                listed
            })
            .collect();
        prompt.icons = self.icons;
        prompt.meta = self.meta;
        let (signature, poll_budget) = (Arc::new(self.signature), Arc::new(PollBudget::default()));
        Ok(PromptSpec { prompt, signature, handler, mount_scope: None, poll_budget })
    }
}

impl fmt::Debug for PromptBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

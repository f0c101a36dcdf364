//! Builder of a prompt.

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use mcp_core::protocol::{self, GetPromptResult, PromptArgument};

use super::spec::PromptHandler;
use super::{PromptFuture, PromptSpec};
use crate::component::poll_budget::PollBudget;
use crate::component::presentation::{Presentation, builder_setters, name_errors};
use crate::component::strings::call::StringCall;
use crate::component::strings::parameter::StringParameter;
use crate::component::strings::returned::StringReturns;
use crate::component::strings::signature::Signature;
use crate::component::unknown_members::UnknownMembers;

/// Builder of a prompt. Errors are collected until the server is built.
pub struct PromptBuilder {
    pub(crate) name: String,
    pub(crate) presentation: Presentation,
    pub(crate) signature: Signature,
    handler: Option<PromptHandler>,
    errors: Vec<String>,
}

impl PromptBuilder {
    /// Creates a prompt with a name and a description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        let mut builder = Self::named(name);
        builder.errors.extend(builder.presentation.describe(description.into()).err());
        builder
    }

    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            presentation: Presentation::default(),
            signature: Signature::default(),
            handler: None,
            errors: Vec::new(),
        }
    }

    builder_setters!();

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter<T>(mut self, parameter: StringParameter<'_, T>) -> Self {
        self.signature.declare(parameter);
        self
    }

    /// Checks the return type of the handler at compile time.
    #[must_use]
    pub fn messages<R>(self, _: StringReturns<R, GetPromptResult>) -> Self {
        self
    }

    /// Sets the handler.
    #[must_use]
    pub fn handler(
        mut self,
        handler: impl Fn(StringCall) -> PromptFuture + Send + Sync + 'static,
    ) -> Self {
        self.handler = Some(PromptHandler::Function(Box::new(handler)));
        self
    }

    /// Checks the prompt. `open` makes it ignore unknown arguments.
    pub(crate) fn finish(mut self, open: bool) -> Result<PromptSpec, Vec<String>> {
        let name = ToolName::parse_wide(&self.name);
        self.errors.extend(name.err().map(|error| format!("its name {error}")));
        self.errors.append(&mut self.signature.errors);
        self.signature.table.open |= open;
        let Some(handler) = self.handler else {
            return Err(name_errors("prompt", &self.name, vec!["it has no handler".to_owned()]));
        };
        if !self.errors.is_empty() {
            return Err(name_errors("prompt", &self.name, self.errors));
        }
        let time_limit = self.presentation.time_limit;
        let scopes = std::mem::take(&mut self.presentation.scopes);
        let mut prompt = protocol::Prompt::new(self.name);
        self.presentation.write_to(
            &mut prompt.title,
            &mut prompt.description,
            &mut prompt.icons,
            &mut prompt.meta,
        );
        prompt.arguments = self
            .signature
            .table
            .arguments()
            .map(|argument| {
                let mut listed = PromptArgument::new(&argument.name).required(argument.required);
                listed.title = argument.title.clone();
                listed.description = argument.description.clone();
                listed
            })
            .collect();
        Ok(PromptSpec {
            prompt,
            unknown: UnknownMembers::default(),
            signature: Arc::new(self.signature),
            handler,
            time_limit,
            mount_scope: None,
            scopes,
            poll_budget: Arc::new(PollBudget::default()),
        })
    }
}

impl fmt::Debug for PromptBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PromptBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}

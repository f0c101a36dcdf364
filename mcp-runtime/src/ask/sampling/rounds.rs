//! A conversation with a model, from its first message to the answer.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::method::Method;
use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, Role, SamplingContent, SamplingMessage, ToolChoice,
    ToolChoiceMode, ToolUseContent,
};
use serde_json::value::RawValue;

use super::super::question::{Digest, Needs, Question};
use super::super::{AskError, AskErrorKind, ask};
use super::{Sampled, Toolbox};
use crate::context::handle::Context;

/// What a model is asked, and how.
pub(crate) struct Request {
    pub(crate) params: CreateMessageParams,
    pub(crate) key: Option<String>,
    pub(crate) is_volatile: bool,
    /// How often it may use tools.
    pub(crate) max_rounds: usize,
}

impl Request {
    pub(crate) fn new(params: CreateMessageParams, max_rounds: usize) -> Self {
        Self { params, key: None, is_volatile: false, max_rounds }
    }

    /// The same again, before anything was said.
    pub(crate) fn again(&self) -> Self {
        let (params, key) = (self.params.clone(), self.key.clone());
        Self { params, key, is_volatile: self.is_volatile, max_rounds: self.max_rounds }
    }

    pub(crate) fn say(&mut self, role: Role, content: SamplingContent) {
        self.params.messages.push(SamplingMessage::new(role, content));
    }

    /// What tells the conversation from others of the same call.
    fn conversation(&self, cx: &Context) -> String {
        let begun = self.question(0, false).digest;
        let begun = Digest::of(Method::CreateMessage, Some("conversation"), &begun.hex());
        let identity = cx.asking().journal.identify(begun);
        format!("sampling/{}/{}", identity.digest.short(), identity.occurrence)
    }

    fn question(&self, round: usize, with_tools: bool) -> Question {
        let params = json::to_string(&self.params);
        let key = self.key.as_deref();
        let digest = match self.is_volatile {
            false => Digest::of(Method::CreateMessage, key, &params),
            // Of what does not change, and of how far the conversation is.
            true => {
                let system = self.params.system_prompt.as_deref().unwrap_or_default();
                Digest::of(Method::CreateMessage, key, &format!("{round} {system}"))
            }
        };
        let needs = if with_tools { Needs::SamplingWithTools } else { Needs::Sampling };
        let check = Arc::new(|answer: &RawValue| read(answer).map(drop));
        let method = Method::CreateMessage;
        Question { method, params, key: self.key.clone(), digest, needs, check }
    }
}

/// Talks until the model has answered.
pub(crate) async fn run(
    cx: Context,
    mut request: Request,
    tools: Toolbox,
) -> Result<Sampled, AskError> {
    tools.check()?;
    if tools.is_empty() {
        // To choose among none is more than every client understands.
        request.params.tool_choice = None;
    } else {
        request.params.tools = Some(tools.definitions().cloned().collect());
    }
    let conversation = request.conversation(&cx);
    for round in 0.. {
        let is_last = !tools.is_empty() && round >= request.max_rounds;
        if is_last {
            let mut choice = ToolChoice::default();
            choice.mode = Some(ToolChoiceMode::None);
            request.params.tool_choice = Some(choice);
        }
        let question = request.question(round, !tools.is_empty());
        let answer = ask(cx.clone(), question).await?;
        let said = read(&answer).map_err(|because| AskError::invalid(&because))?;
        let uses: Vec<_> = said.content.iter().filter_map(as_use).cloned().collect();
        if uses.is_empty() || tools.is_empty() {
            return Ok(Sampled(said));
        }
        if is_last {
            break;
        }
        request.params.messages.push(SamplingMessage::blocks(Role::Assistant, said.content));
        let mut results = Vec::with_capacity(uses.len());
        for tool_use in &uses {
            let result = tools.call(&cx, &conversation, round, tool_use).await;
            results.push(SamplingContent::ToolResult(result));
        }
        request.params.messages.push(SamplingMessage::blocks(Role::User, results));
        // Who had to use a tool has done so.
        request.params.tool_choice = None;
    }
    let message = format!("the model used tools {} times and did not answer", request.max_rounds);
    Err(AskError::new(AskErrorKind::TooManyRounds, message))
}

fn as_use(content: &SamplingContent) -> Option<&ToolUseContent> {
    match content {
        SamplingContent::ToolUse(tool_use) => Some(tool_use),
        _ => None,
    }
}

fn read(answer: &RawValue) -> Result<CreateMessageResult, String> {
    serde_json::from_str(answer.get()).map_err(|error| error.to_string())
}

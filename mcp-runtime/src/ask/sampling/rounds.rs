//! The loop of a conversation with a model: tools are called until the model answers.

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
use crate::read_json::read_json;

/// Parameters and options of a conversation.
pub(crate) struct SamplingRequest {
    pub(crate) params: CreateMessageParams,
    pub(crate) key: Option<String>,
    pub(crate) is_volatile: bool,
    /// Maximum number of rounds with tools.
    pub(crate) max_rounds: usize,
}

impl SamplingRequest {
    pub(crate) fn new(params: CreateMessageParams, max_rounds: usize) -> Self {
        Self { params, key: None, is_volatile: false, max_rounds }
    }

    /// Copies the request, to repeat it from the beginning.
    pub(crate) fn restart(&self) -> Self {
        let (params, key) = (self.params.clone(), self.key.clone());
        Self { params, key, is_volatile: self.is_volatile, max_rounds: self.max_rounds }
    }

    pub(crate) fn add(&mut self, role: Role, content: SamplingContent) {
        self.params.messages.push(SamplingMessage::new(role, content));
    }

    /// Identity of the conversation within its call.
    fn conversation(&self, cx: &Context) -> String {
        let first = self.question(0, false).digest;
        let digest = Digest::of(Method::CreateMessage, Some("conversation"), &first.hex());
        let identity = cx.asking().journal.identify(digest);
        format!("sampling/{}/{}", identity.digest.short(), identity.occurrence)
    }

    fn question(&self, round: usize, with_tools: bool) -> Question {
        let params = json::to_string(&self.params);
        // A volatile conversation is identified by its system prompt and the round.
        let identity = self.is_volatile.then(|| {
            let system = self.params.system_prompt.as_deref().unwrap_or_default();
            format!("{round} {system}")
        });
        let needs = if with_tools { Needs::SamplingWithTools } else { Needs::Sampling };
        let check = Arc::new(|answer: &RawValue| read(answer).map(drop));
        let (method, key) = (Method::CreateMessage, self.key.clone());
        Question::new(method, needs, params, key, identity.as_deref(), check)
    }
}

/// Runs a conversation until the model answers.
pub(crate) async fn run(
    cx: Context,
    mut request: SamplingRequest,
    tools: Toolbox,
) -> Result<Sampled, AskError> {
    tools.check()?;
    if tools.is_empty() {
        // Not every client supports a tool choice without tools.
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
        let reply = read(&answer).map_err(|reason| AskError::invalid(&reason))?;
        let uses: Vec<_> = reply.content.iter().filter_map(as_use).cloned().collect();
        if uses.is_empty() || tools.is_empty() {
            return Ok(Sampled(reply));
        }
        if is_last {
            break;
        }
        request.params.messages.push(SamplingMessage::blocks(Role::Assistant, reply.content));
        let mut results = Vec::with_capacity(uses.len());
        for tool_use in &uses {
            let result = tools.call(&cx, &conversation, round, tool_use).await;
            results.push(SamplingContent::ToolResult(result));
        }
        request.params.messages.push(SamplingMessage::blocks(Role::User, results));
        // A required use of a tool has happened.
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
    read_json(answer.get())
}

//! Answers of models as results for servers.

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CallToolResult, CreateMessageParams, CreateMessageResult, SamplingContent, StopReason,
    ToolUseContent,
};
use serde_json::{Map, Value};

use super::SamplingModel;
use super::conversation::Conversation;
use crate::agent::error::{ModelError, ModelErrorKind};
use crate::agent::model::{Model as _, ModelRequest};
use crate::providers::{Answer, CallResult, Definitions, Message, ModelCall, ModelMessage, Stop};

/// Maximum number of turns for one request: continued ones, and those with calls that cannot be read.
const MAX_TURNS: usize = 4;

/// Result of a readable call beside one that cannot be read.
const NOT_MADE: &str = "the call was not made, because another call of this turn is not valid; \
                        make all calls again";

impl SamplingModel {
    /// Sends the conversation of a request to a model.
    pub(super) async fn sample(
        &self,
        place: usize,
        request: &CreateMessageParams,
    ) -> Result<CreateMessageResult, ProtocolError> {
        let model = &self.models[place];
        let mut conversation = Conversation::of(request, model.provider(), &self.remembered())?;
        let (mut text, mut left) = (String::new(), request.max_tokens);
        for _ in 0..MAX_TURNS {
            let request = ModelRequest {
                system: request.system_prompt.as_deref(),
                messages: &conversation.messages,
                definitions: &conversation.definitions,
                choice: &conversation.choice,
                parallel: None,
                max_tokens: Some(left),
                temperature: request.temperature,
                stop_sequences: request.stop_sequences.as_deref().unwrap_or_default(),
            };
            let answer = model.answer(request, &mut |_| {}).await;
            let answer = answer.map_err(|error| failed(&error))?;
            self.count(&answer.usage);
            left = left.saturating_sub(answer.usage.output_tokens);
            match answer.stop {
                Stop::Paused if left > 0 => {
                    text.push_str(&answer.text);
                    let message = ModelMessage::new(model.provider(), answer);
                    conversation.messages.push(Message::Model(message));
                }
                Stop::MalformedCall if left > 0 => {}
                Stop::Pending | Stop::Failed => {
                    return Err(ProtocolError::internal("the model of this client failed"));
                }
                _ => match self.result(model.name(), &conversation, &text, answer) {
                    Ok(result) => return Ok(result),
                    Err(faulty) if left > 0 => correct(&mut conversation, *faulty),
                    Err(_) => break,
                },
            }
        }
        Err(ProtocolError::internal("the model of this client made no calls that can be read"))
    }

    /// Converts an answer. `before` is the text of the turns that it continues.
    ///
    /// # Errors
    /// The answer, with a fault for each call, if one of its calls is not valid.
    fn result(
        &self,
        model: &str,
        conversation: &Conversation,
        before: &str,
        mut answer: Answer,
    ) -> Result<CreateMessageResult, Box<Faulty>> {
        // The last call of an answer that is cut off may be incomplete. That of a refusal is void.
        let is_void = matches!(answer.stop, Stop::TokenLimit | Stop::Refusal | Stop::ContentFilter);
        if is_void {
            answer.calls.clear();
        }
        let mut uses = Vec::with_capacity(answer.calls.len());
        let mut faults = Vec::with_capacity(answer.calls.len());
        for call in &answer.calls {
            match read(&conversation.definitions, call) {
                Ok((name, input)) => {
                    let id = self.id(call, conversation, &uses);
                    uses.push(ToolUseContent::new(id, name, input));
                    faults.push(None);
                }
                Err(fault) => faults.push(Some(fault)),
            }
        }
        if uses.len() < answer.calls.len() {
            return Err(Box::new(Faulty { answer, faults }));
        }
        let text = format!("{before}{}", answer.text);
        let reason = stop_reason(&answer, !uses.is_empty());
        let name = answer.model.take().unwrap_or_else(|| model.to_owned());
        if !uses.is_empty() && before.is_empty() {
            let calls = answer.calls.clone();
            let message = ModelMessage::new(conversation.definitions.provider(), answer);
            self.remembered().add(message, uses.clone(), calls);
        }
        let mut content = Vec::with_capacity(uses.len() + 1);
        if !text.is_empty() || uses.is_empty() {
            content.push(SamplingContent::text(text));
        }
        content.extend(uses.into_iter().map(SamplingContent::ToolUse));
        let mut result = CreateMessageResult::new(name, content);
        result.stop_reason = reason;
        Ok(result)
    }

    /// Returns the id of a call, or another one if it is missing or taken.
    fn id(&self, call: &ModelCall, conversation: &Conversation, uses: &[ToolUseContent]) -> String {
        let is_free = |id: &String| {
            !conversation.ids.contains(id) && uses.iter().all(|tool_use| tool_use.id != *id)
        };
        if let Some(id) = call.id.clone().filter(|id| !id.is_empty() && is_free(id)) {
            return id;
        }
        let mut remembered = self.remembered();
        loop {
            let id = remembered.next_id();
            if is_free(&id) {
                return id;
            }
        }
    }
}

/// Answer with calls that are not valid, and the fault of each call that has one.
struct Faulty {
    answer: Answer,
    faults: Vec<Option<String>>,
}

/// Reads the tool and the arguments of a call.
fn read(
    definitions: &Definitions,
    call: &ModelCall,
) -> Result<(String, Map<String, Value>), String> {
    let resolved = definitions.resolve(call)?;
    let input = serde_json::from_str(resolved.arguments.get());
    let input = input.map_err(|error| format!("the arguments are not an object: {error}"))?;
    Ok((resolved.tool.tool, input))
}

/// Returns an answer with faults to the model.
fn correct(conversation: &mut Conversation, Faulty { answer, faults }: Faulty) {
    let calls = answer.calls.clone();
    let message = ModelMessage::new(conversation.definitions.provider(), answer);
    conversation.messages.push(Message::Model(message));
    let results = calls.into_iter().zip(faults).map(|(call, fault)| {
        let fault = fault.unwrap_or_else(|| NOT_MADE.to_owned());
        CallResult::new(call, CallToolResult::error(fault))
    });
    conversation.messages.push(Message::Results(results.collect()));
}

fn stop_reason(answer: &Answer, has_uses: bool) -> Option<StopReason> {
    let other = |reason: &str| Some(StopReason::Other(reason.to_owned()));
    match answer.stop {
        _ if has_uses => Some(StopReason::ToolUse),
        // The only provider that distinguishes the two.
        Stop::Finished if answer.stop_reason.as_deref() == Some("stop_sequence") => {
            Some(StopReason::StopSequence)
        }
        Stop::Finished | Stop::ToolCalls => Some(StopReason::EndTurn),
        Stop::TokenLimit | Stop::Paused | Stop::MalformedCall => Some(StopReason::MaxTokens),
        Stop::Refusal => other("refusal"),
        Stop::ContentFilter => other("contentFilter"),
        _ => answer.stop_reason.as_deref().and_then(other),
    }
}

/// Error for the server. What the model or its provider wrote stays here: it may be confidential.
fn failed(error: &ModelError) -> ProtocolError {
    tracing::warn!(target: "mcp_runtime::client", %error, "a sampling request has no answer");
    let text = match error.kind() {
        ModelErrorKind::Connection => "the model of this client cannot be reached".to_owned(),
        ModelErrorKind::Timeout => "the model of this client did not answer in time".to_owned(),
        ModelErrorKind::Status(status) => {
            format!("the model of this client failed with the status {status}")
        }
        ModelErrorKind::Malformed => {
            "the answer of the model of this client cannot be read".to_owned()
        }
        ModelErrorKind::Request => "the model of this client cannot answer this request".to_owned(),
    };
    ProtocolError::internal(text)
}

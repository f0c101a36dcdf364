//! Requests of servers as conversations of models.

use std::collections::{HashMap, VecDeque};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CallToolResult, Content, CreateMessageParams, Role, SamplingContent, SamplingMessage,
    ToolChoiceMode, ToolResultContent, ToolUseContent,
};
use serde_json::value::{RawValue, to_raw_value};

use super::invalid;
use super::remembered::Remembered;
use crate::providers::{
    Arguments, CallResult, Definitions, Message, ModelCall, ModelMessage, Provider, ToolChoice,
    ToolId, ToolSet,
};

/// Conversation that a request continues.
pub(super) struct Conversation {
    pub(super) messages: Vec<Message>,
    pub(super) definitions: Definitions,
    pub(super) choice: ToolChoice,
    /// Identifiers of the uses of tools so far.
    pub(super) ids: Vec<String>,
}

/// Calls without a result, by the ids that the server has for them.
type OpenCalls = HashMap<String, VecDeque<ModelCall>>;

impl Conversation {
    /// Reads a request.
    ///
    /// # Errors
    /// `-32602` with the first fault. The message states what was expected.
    pub(super) fn of(
        request: &CreateMessageParams,
        provider: Provider,
        remembered: &Remembered,
    ) -> Result<Self, ProtocolError> {
        let tools = ToolSet::new(request.tools.iter().flatten().cloned());
        let mut conversation = Self {
            messages: Vec::with_capacity(request.messages.len()),
            definitions: tools.definitions(provider),
            choice: choice(request, &tools)?,
            ids: Vec::new(),
        };
        let mut open = OpenCalls::new();
        for (place, message) in request.messages.iter().enumerate() {
            let read = conversation.message(message, &mut open, remembered);
            read.map_err(|fault| invalid(format_args!("`messages[{place}]`: {fault}")))?;
        }
        match conversation.messages.last() {
            Some(Message::User(_) | Message::Results(_)) => {}
            Some(_) => return Err(invalid("`messages`: expected the last one to be of the user")),
            None => return Err(invalid("`messages`: expected at least one message")),
        }
        // What a model cannot be asked is found before it is asked.
        let system = request.system_prompt.as_deref();
        match conversation.definitions.conversation(system, &conversation.messages) {
            Ok(_) => Ok(conversation),
            Err(fault) => Err(invalid(fault)),
        }
    }

    /// Adds a message. `open` are the calls of the message before.
    fn message(
        &mut self,
        message: &SamplingMessage,
        open: &mut OpenCalls,
        remembered: &Remembered,
    ) -> Result<(), String> {
        match message.role {
            Role::Assistant => {
                let (message, calls) = self.model(message, remembered)?;
                open.clear();
                for (id, call) in calls {
                    open.entry(id).or_default().push_back(call);
                }
                self.messages.push(Message::Model(message));
                Ok(())
            }
            Role::User => {
                let results: Vec<_> = message.content.iter().filter_map(as_result).collect();
                let message = match &results[..] {
                    [] => Message::User(user(&message.content)?),
                    results if results.len() == message.content.len() => {
                        Message::Results(take_results(results, open)?)
                    }
                    _ => return Err("expected results of tools alone".to_owned()),
                };
                self.messages.push(message);
                Ok(())
            }
            _ => Err("expected the role `user` or `assistant`".to_owned()),
        }
    }

    /// Reads a turn of the model. Returns its calls with the ids that the server has for them.
    fn model(
        &mut self,
        message: &SamplingMessage,
        remembered: &Remembered,
    ) -> Result<(ModelMessage, Vec<(String, ModelCall)>), String> {
        let (mut text, mut uses) = (String::new(), Vec::new());
        for content in &message.content {
            match content {
                SamplingContent::Text(content) => text.push_str(&content.text),
                SamplingContent::ToolUse(tool_use) => uses.push(tool_use),
                // Providers take text of a model only.
                SamplingContent::Image(image) => push_media(&mut text, "image", &image.mime_type),
                SamplingContent::Audio(audio) => push_media(&mut text, "audio", &audio.mime_type),
                _ => return Err("expected text, media or uses of tools".to_owned()),
            }
        }
        self.ids.extend(uses.iter().map(|tool_use| tool_use.id.clone()));
        let provider = self.definitions.provider();
        if let Some(turn) = remembered.find(provider, &text, &uses) {
            return Ok((turn.message.clone(), turn.calls.clone()));
        }
        let calls: Vec<_> = uses.into_iter().map(|tool_use| self.call(tool_use)).collect();
        let known =
            calls.iter().filter_map(|call| Some((call.id.clone()?, call.clone()))).collect();
        let message = ModelMessage { text, calls, provider, history: Vec::new() };
        Ok((message, known))
    }

    fn call(&self, tool_use: &ToolUseContent) -> ModelCall {
        let tool = ToolId::new(&*tool_use.name);
        // Tools that are not offered any more keep their names, which are mended where that is needed.
        let name = self.definitions.names().name(&tool).unwrap_or(&tool_use.name).to_owned();
        let arguments = to_raw_value(&tool_use.input);
        let arguments = arguments.unwrap_or_else(|_| RawValue::NULL.to_owned());
        ModelCall { id: Some(tool_use.id.clone()), name, arguments: Arguments::Object(arguments) }
    }
}

fn choice(request: &CreateMessageParams, tools: &ToolSet) -> Result<ToolChoice, ProtocolError> {
    let mode = request.tool_choice.as_ref().and_then(|choice| choice.mode.as_ref());
    match mode {
        None | Some(ToolChoiceMode::Auto) => Ok(ToolChoice::Auto),
        Some(ToolChoiceMode::None) => Ok(ToolChoice::None),
        Some(ToolChoiceMode::Required) if !tools.is_empty() => Ok(ToolChoice::Required),
        Some(ToolChoiceMode::Required) => {
            Err(invalid("`toolChoice`: a tool is required, but `tools` has none"))
        }
        Some(_) => Err(invalid("`toolChoice.mode`: expected `auto`, `required` or `none`")),
    }
}

fn as_result(content: &SamplingContent) -> Option<&ToolResultContent> {
    match content {
        SamplingContent::ToolResult(result) => Some(result),
        _ => None,
    }
}

fn user(content: &[SamplingContent]) -> Result<Vec<Content>, String> {
    let one = |content: &SamplingContent| match content {
        SamplingContent::Text(text) => Ok(Content::Text(text.clone())),
        SamplingContent::Image(image) => Ok(Content::Image(image.clone())),
        SamplingContent::Audio(audio) => Ok(Content::Audio(audio.clone())),
        _ => Err("expected text, images, audio, or results of tools".to_owned()),
    };
    content.iter().map(one).collect()
}

fn take_results(
    results: &[&ToolResultContent],
    open: &mut OpenCalls,
) -> Result<Vec<CallResult>, String> {
    let mut taken = Vec::with_capacity(results.len());
    for result in results {
        let call = open.get_mut(&result.tool_use_id).and_then(VecDeque::pop_front);
        let call = call.ok_or("got a result that no use of a tool waits for")?;
        let mut into = CallToolResult::new(result.content.iter().cloned());
        into.structured_content =
            result.structured_content.as_ref().and_then(|content| to_raw_value(content).ok());
        into.is_error = result.is_error;
        taken.push(CallResult::new(call, into));
    }
    Ok(taken)
}

fn push_media(text: &mut String, kind: &str, mime_type: &str) {
    let mime_type = crate::shorten::shorten(mime_type);
    text.push_str(&format!("[{kind} of the type {mime_type}]"));
}

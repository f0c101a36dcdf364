//! Requests in the types of `genai`.

use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatRole, ContentPart, MessageContent, Tool, ToolCall,
    ToolChoice, ToolResponse,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::super::error::ModelError;
use super::super::super::model::ModelRequest;
use super::super::body::Settings;
use super::super::target::Target;
use super::answer::OWN_PARTS;
use crate::providers::{Provider, ToolChoice as Choice};

/// Writes a request in the types of `genai`.
pub(super) fn of(
    target: &Target,
    settings: &Settings,
    request: &ModelRequest<'_>,
) -> Result<(ChatRequest, ChatOptions), ModelError> {
    let definitions = request.definitions;
    let refuse = |what: &str| {
        Err(ModelError::request(format_args!(
            "the interface of `{}` ({}) {what}",
            target.model,
            target.kind.as_lower_str()
        )))
    };
    if definitions.provider() != Provider::OpenAiChat {
        return refuse(
            "takes the definitions of Chat Completions; make them with `model.provider()`",
        );
    }
    let all: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(definitions.tools().get()).unwrap_or_default();
    if all.len() != definitions.iter().count() {
        return refuse("takes no definitions that are sent as they are (`ToolSet::verbatim`)");
    }
    if request.parallel == Some(false) {
        return refuse("has no setting for several calls in one turn; leave it out");
    }
    let is_bedrock = target.kind.as_lower_str().starts_with("bedrock");
    if is_bedrock && settings.extra.is_some() {
        return refuse("takes no further members of the body (`GenaiModel::extra_body`)");
    }
    // An error for tools that are not defined.
    let _ = definitions.request(request.choice, request.parallel)?;
    let choice = match request.choice {
        Choice::Auto => None,
        _ if is_bedrock => return refuse("has no tool choice; expected `ToolChoice::Auto`"),
        Choice::Required => Some(ToolChoice::Required),
        Choice::None => Some(ToolChoice::None),
        Choice::Tool(tool) => {
            Some(ToolChoice::tool(definitions.names().name(tool).unwrap_or_default()))
        }
        Choice::Subset { .. } => {
            return refuse("has no choice of some tools; expected another one");
        }
    };
    let fields = definitions.conversation(None, request.messages)?;
    let messages = fields.get("messages").map_or("[]", |messages| messages.get());
    let messages: Vec<Map<String, Value>> = serde_json::from_str(messages).map_err(|error| {
        ModelError::request(format_args!("messages of the conversation: {error}"))
    })?;
    let mut chat = ChatRequest::new(alternating(&messages)?);
    chat.system = request.system.filter(|system| !system.trim().is_empty()).map(str::to_owned);
    // The conversation is sent whole each time, so the provider need not keep it.
    chat.store = Some(false);
    let tools: Vec<_> = all.iter().filter_map(|raw| tool(raw.get())).collect();
    if !tools.is_empty() {
        chat = chat.with_tools(tools);
    }
    let max_tokens = request.max_tokens.or(settings.max_tokens);
    let options = ChatOptions {
        temperature: request.temperature.or(settings.temperature),
        max_tokens: max_tokens.map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX)),
        stop_sequences: request.stop_sequences.to_vec(),
        tool_choice: choice,
        extra_body: settings.extra.clone(),
        capture_usage: Some(true),
        capture_content: Some(true),
        capture_tool_calls: Some(true),
        ..ChatOptions::default()
    };
    Ok((chat, options))
}

/// Reads a definition of Chat Completions.
fn tool(text: &str) -> Option<Tool> {
    #[derive(Deserialize)]
    struct Definition {
        function: Function,
    }
    #[derive(Deserialize)]
    struct Function {
        name: String,
        description: Option<String>,
        parameters: Option<Value>,
    }
    let Definition { function } = serde_json::from_str(text).ok()?;
    let mut tool = Tool::new(function.name);
    tool.description = function.description;
    tool.schema = function.parameters;
    Some(tool)
}

/// Reads messages of Chat Completions. Roles alternate: results and the text behind them are one
/// message of the user.
fn alternating(messages: &[Map<String, Value>]) -> Result<Vec<ChatMessage>, ModelError> {
    let mut read: Vec<ChatMessage> = Vec::with_capacity(messages.len());
    for next in messages {
        let next = message(next)?;
        let is_user = |role: &ChatRole| matches!(role, ChatRole::User | ChatRole::Tool);
        match read.last_mut() {
            Some(last) if last.role == next.role || is_user(&last.role) && is_user(&next.role) => {
                if last.role != next.role {
                    last.role = ChatRole::User;
                }
                next.content.into_parts().into_iter().for_each(|part| last.content.push(part));
            }
            _ => read.push(next),
        }
    }
    Ok(read)
}

/// Reads a message of Chat Completions.
fn message(message: &Map<String, Value>) -> Result<ChatMessage, ModelError> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    let content = message.get("content").unwrap_or(&Value::Null);
    Ok(match role {
        "assistant" => ChatMessage::assistant(turn(message)?),
        "tool" => {
            let id = message.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
            ChatMessage::tool(MessageContent::from_parts(vec![ContentPart::ToolResponse(
                ToolResponse::new(id, content.as_str().unwrap_or_default()),
            )]))
        }
        "system" | "developer" => ChatMessage::system(MessageContent::from_parts(parts(content)?)),
        _ => ChatMessage::user(MessageContent::from_parts(parts(content)?)),
    })
}

/// Reads a turn of the model.
fn turn(message: &Map<String, Value>) -> Result<MessageContent, ModelError> {
    let own = message.get("extra_content").and_then(|extra| extra.get(OWN_PARTS));
    if let Some(own) = own
        && let Ok(content) = MessageContent::deserialize(own)
    {
        return Ok(content);
    }
    let mut parts = parts(message.get("content").unwrap_or(&Value::Null))?;
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten() {
        let text = |path: &str| call.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let arguments = serde_json::from_str::<Value>(text("/function/arguments")).ok();
        parts.push(ContentPart::ToolCall(ToolCall {
            call_id: text("/id").to_owned(),
            fn_name: text("/function/name").to_owned(),
            // Malformed arguments cannot be sent; the result of the call quotes them.
            fn_arguments: arguments.filter(Value::is_object).unwrap_or_else(|| Map::new().into()),
            thought_signatures: None,
        }));
    }
    Ok(MessageContent::from_parts(parts))
}

/// Reads a text, or texts, images and documents.
fn parts(content: &Value) -> Result<Vec<ContentPart>, ModelError> {
    let Value::Array(list) = content else {
        let text = content.as_str().filter(|text| !text.is_empty());
        return Ok(text.map(ContentPart::from_text).into_iter().collect());
    };
    list.iter().map(part).collect()
}

fn part(part: &Value) -> Result<ContentPart, ModelError> {
    let text = |path: &str| part.pointer(path).and_then(Value::as_str);
    let data = |url: &str, name: Option<&str>| {
        let (mime, data) = url.strip_prefix("data:")?.split_once(";base64,")?;
        Some(ContentPart::from_binary_base64(mime, data, name.map(str::to_owned)))
    };
    let read = match text("/type") {
        Some("text") => text("/text").map(ContentPart::from_text),
        Some("refusal") => text("/refusal").map(ContentPart::from_text),
        Some("image_url") => text("/image_url/url").and_then(|url| data(url, None)),
        Some("file") => text("/file/file_data").and_then(|url| data(url, text("/file/filename"))),
        _ => None,
    };
    read.ok_or_else(|| {
        ModelError::request(format_args!(
            "expected texts, images and documents in the conversation, got content of the type `{}`, \
             which this interface does not take",
            text("/type").unwrap_or_default()
        ))
    })
}

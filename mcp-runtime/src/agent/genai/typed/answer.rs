//! Answers in the types of `genai`.

use genai::ServiceTarget;
use genai::chat::{ContentPart, MessageContent, StopReason, Usage};
use serde_json::{Value, json};

use super::super::super::error::ModelErrorKind;
use super::super::retry::Failure;
use crate::providers::{Answer, Provider};

/// Member of a turn that holds what `genai` needs to send it back, if text and calls are not all.
pub(super) const OWN_PARTS: &str = "genai";

/// Writes the answer as one of Chat Completions, and reads that.
pub(super) fn of(
    target: &ServiceTarget,
    content: &MessageContent,
    stop: Option<&StopReason>,
    usage: Option<&Usage>,
) -> Result<Answer, Failure> {
    if content.parts().is_empty() && stop.is_none() {
        return Err(Failure::permanent(
            ModelErrorKind::Malformed,
            "expected an answer of the model, got neither content nor a reason for its end",
        ));
    }
    let calls: Vec<Value> = content
        .tool_calls()
        .into_iter()
        .map(|call| {
            let arguments = match &call.fn_arguments {
                // Arguments that `genai` could not read.
                Value::String(text) => text.clone(),
                Value::Null => "{}".to_owned(),
                other => other.to_string(),
            };
            json!({
                "id": call.call_id,
                "type": "function",
                "function": { "name": call.fn_name, "arguments": arguments },
            })
        })
        .collect();
    let text = content.texts().concat();
    let mut message = json!({ "role": "assistant", "content": text });
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    if content.parts().iter().any(is_own) {
        message["extra_content"] = json!({ OWN_PARTS: content });
    }
    let reason = match stop {
        Some(StopReason::MaxTokens(_)) => "length",
        Some(StopReason::ContentFilter(_)) => "content_filter",
        Some(StopReason::ToolCall(_)) => "tool_calls",
        Some(StopReason::Completed(_) | StopReason::StopSequence(_)) | None => "stop",
        Some(StopReason::Other(reason)) => reason,
    };
    let count = |tokens: Option<i32>| tokens.unwrap_or_default().max(0);
    let usage = usage.map(|usage| {
        let cached = usage.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens);
        json!({
            "prompt_tokens": count(usage.prompt_tokens),
            "completion_tokens": count(usage.completion_tokens),
            "prompt_tokens_details": { "cached_tokens": count(cached) },
        })
    });
    let body = json!({
        "model": target.model.model_name.as_str(),
        "choices": [{ "finish_reason": reason, "message": message }],
        "usage": usage,
    });
    let answer = Answer::parse(Provider::OpenAiChat, &body.to_string());
    answer.map_err(|error| Failure { error: error.into(), is_temporary: false })
}

/// `true` for parts that Chat Completions does not have.
fn is_own(part: &ContentPart) -> bool {
    match part {
        ContentPart::ThoughtSignature(_)
        | ContentPart::ReasoningContent(_)
        | ContentPart::Custom(_) => true,
        ContentPart::ToolCall(call) => call.thought_signatures.is_some(),
        _ => false,
    }
}

//! Answers of Anthropic: Messages.

use serde_json::value::RawValue;

use super::read::Fields;
use super::{Answer, AnswerError, Arguments, ModelCall, Stop};

/// Reads a message.
pub(super) fn message(fields: &Fields<'_>) -> Result<Answer, AnswerError> {
    let mut answer = Answer::empty();
    for block in fields.required_objects("content")? {
        match &*block.text("type")? {
            "text" => answer.text.push_str(&block.text("text")?),
            "tool_use" => answer.calls.push(ModelCall {
                id: Some(block.text("id")?),
                name: block.text("name")?,
                arguments: block.get("input").map_or_else(Arguments::none, Arguments::from_raw),
            }),
            // Thinking, tools that the provider runs and their results, and what is new.
            _ => {}
        }
    }
    if let Some(content) = fields.get("content") {
        // The text is that of the provider: signatures of thinking blocks cover it.
        let text = format!(r#"{{"role":"assistant","content":{}}}"#, content.get());
        answer.history.extend(RawValue::from_string(text).ok());
    }
    answer.stop_reason = fields.optional_text("stop_reason")?;
    answer.stop = match answer.stop_reason.as_deref() {
        Some("max_tokens" | "model_context_window_exceeded") => Stop::TokenLimit,
        Some("refusal") => Stop::Refusal,
        Some("pause_turn" | "compaction") => Stop::Paused,
        _ if !answer.calls.is_empty() => Stop::ToolCalls,
        Some("end_turn" | "stop_sequence" | "tool_use") | None => Stop::Finished,
        Some(_) => Stop::Other,
    };
    Ok(answer)
}

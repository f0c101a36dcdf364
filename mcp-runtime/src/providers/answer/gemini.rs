//! Answers of Gemini: `generateContent`.

use super::read::Fields;
use super::{Answer, AnswerError, Arguments, ModelCall, Stop};

/// Reads the first candidate.
pub(super) fn content(fields: &Fields<'_>) -> Result<Answer, AnswerError> {
    let mut answer = Answer::empty();
    let candidates = fields.objects("candidates")?;
    let Some(candidate) = candidates.first() else {
        // Nothing is generated for prompts that a filter stops.
        let Some(feedback) = fields.optional_object("promptFeedback")? else {
            let (wanted, found) = ("an array with a candidate", fields.get("candidates"));
            return Err(AnswerError::expected("candidates", wanted, found));
        };
        answer.stop_reason = Some(feedback.text("blockReason")?);
        answer.stop = Stop::ContentFilter;
        return Ok(answer);
    };
    // Candidates that a filter stops have no content.
    if let Some(content) = candidate.optional_object("content")? {
        for part in content.objects("parts")? {
            if let Some(call) = part.optional_object("functionCall")? {
                answer.calls.push(ModelCall {
                    id: call.optional_text("id")?,
                    name: call.text("name")?,
                    arguments: call.get("args").map_or_else(Arguments::none, Arguments::from_raw),
                });
            }
            let is_thought = part.get("thought").is_some_and(|thought| thought.get() == "true");
            if !is_thought && let Some(text) = part.optional_text("text")? {
                answer.text.push_str(&text);
            }
        }
        answer.history.push(content.raw());
    }
    answer.stop_reason = candidate.optional_text("finishReason")?;
    answer.stop = match answer.stop_reason.as_deref() {
        Some("MAX_TOKENS") => Stop::TokenLimit,
        Some("MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "MALFORMED_RESPONSE") => {
            Stop::MalformedCall
        }
        Some("TOO_MANY_TOOL_CALLS") => Stop::StepLimit,
        // The request lacks a signature of an earlier turn.
        Some("MISSING_THOUGHT_SIGNATURE") => Stop::Failed,
        Some(
            "SAFETY"
            | "RECITATION"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "LANGUAGE"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "MODEL_ARMOR",
        ) => Stop::ContentFilter,
        // `STOP` ends answers with calls, too.
        Some("STOP") | None if !answer.calls.is_empty() => Stop::ToolCalls,
        Some("STOP") | None => Stop::Finished,
        Some(_) => Stop::Other,
    };
    Ok(answer)
}

//! Answers of OpenAI: Responses and Chat Completions.

use super::read::Fields;
use super::{Answer, AnswerError, Arguments, ModelCall, Stop};

/// Reads a response of Responses.
pub(super) fn response(fields: &Fields<'_>) -> Result<Answer, AnswerError> {
    let mut answer = Answer::empty();
    let mut refused = false;
    for item in fields.required_objects("output")? {
        match &*item.text("type")? {
            "function_call" => answer.calls.push(ModelCall {
                id: Some(item.text("call_id")?),
                name: item.text("name")?,
                arguments: Arguments::from_text(
                    &item.optional_text("arguments")?.unwrap_or_default(),
                ),
            }),
            "message" => {
                for part in item.objects("content")? {
                    match &*part.text("type")? {
                        "output_text" => answer.text.push_str(&part.text("text")?),
                        "refusal" => {
                            refused = true;
                            answer.text.push_str(&part.text("refusal")?);
                        }
                        _ => {}
                    }
                }
            }
            // Reasoning, calls of tools that the provider runs, and what is new.
            _ => {}
        }
        answer.history.push(item.raw());
    }
    let status = fields.optional_text("status")?;
    let reason = match fields.optional_object("incomplete_details")? {
        Some(details) => details.optional_text("reason")?,
        None => None,
    };
    answer.stop = match (status.as_deref(), reason.as_deref()) {
        (Some("failed" | "cancelled"), _) => Stop::Failed,
        (Some("queued" | "in_progress"), _) => Stop::Pending,
        (_, Some("max_output_tokens")) => Stop::TokenLimit,
        (_, Some("content_filter")) => Stop::ContentFilter,
        (_, Some("max_messages" | "max_tool_calls")) => Stop::StepLimit,
        // `steered`, and what is new: the answer is not whole.
        (Some("incomplete"), _) => Stop::Other,
        _ if !answer.calls.is_empty() => Stop::ToolCalls,
        _ if refused => Stop::Refusal,
        (Some("completed") | None, _) => Stop::Finished,
        _ => Stop::Other,
    };
    answer.stop_reason = reason.or(status);
    Ok(answer)
}

/// Reads a response of Chat Completions.
pub(super) fn chat(fields: &Fields<'_>) -> Result<Answer, AnswerError> {
    let choices = fields.required_objects("choices")?;
    let Some(choice) = choices.first() else {
        return Err(AnswerError::new("choices", "expected a choice, got an empty array"));
    };
    let message = choice.object("message")?;
    let mut answer = Answer::empty();
    answer.history.push(message.raw());
    answer.text = chat_text(&message)?;
    if message.get("function_call").is_some() {
        let why = "expected `tool_calls`, got a call in the form before them";
        return Err(AnswerError::new(message.path("function_call"), why));
    }
    for call in message.objects("tool_calls")? {
        // A kind of call that is not a function has no result that could be given.
        if call.optional_text("type")?.is_some_and(|kind| kind != "function") {
            continue;
        }
        let function = call.object("function")?;
        let arguments = match function.get("arguments") {
            // Some compatible servers send the object itself.
            Some(raw) if raw.get().starts_with('{') => Arguments::from_raw(raw),
            _ => Arguments::from_text(&function.optional_text("arguments")?.unwrap_or_default()),
        };
        let (id, name) = (Some(call.text("id")?), function.text("name")?);
        answer.calls.push(ModelCall { id, name, arguments });
    }
    let refusal = message.optional_text("refusal")?;
    answer.stop_reason = choice.optional_text("finish_reason")?;
    answer.stop = match answer.stop_reason.as_deref() {
        Some("length" | "max_tokens" | "model_length") => Stop::TokenLimit,
        Some("content_filter") => Stop::ContentFilter,
        Some("error" | "insufficient_system_resource") => Stop::Failed,
        // Compatible servers end with `stop` although there are calls.
        _ if !answer.calls.is_empty() => Stop::ToolCalls,
        _ if refusal.is_some() => Stop::Refusal,
        Some("stop" | "tool_calls") | None => Stop::Finished,
        Some(_) => Stop::Other,
    };
    if let Some(refusal) = refusal {
        answer.text.push_str(&refusal);
    }
    Ok(answer)
}

/// Text of a message: a string, or an array of parts.
fn chat_text(message: &Fields<'_>) -> Result<String, AnswerError> {
    if message.get("content").is_some_and(|content| content.get().starts_with('[')) {
        let parts = message.objects("content")?;
        let texts = parts.iter().map(|part| part.optional_text("text"));
        let texts: Result<Vec<_>, _> = texts.collect();
        return Ok(texts?.into_iter().flatten().collect());
    }
    Ok(message.optional_text("content")?.unwrap_or_default())
}

//! Requests to the model, which the user answers by hand.

use mcp_runtime::protocol::{CreateMessageParams, CreateMessageResult, Role, SamplingContent};
use owo_colors::OwoColorize as _;

use super::input_required;
use super::terminal::{self, Stop};
use crate::exit::Failure;
use crate::output::{one_line, plain};

/// Name of the model in the answer.
const MODEL: &str = "cargo-mcp-user";

/// The failure for a request that is not answered.
pub(super) fn unanswered(params: &CreateMessageParams) -> Failure {
    let content = params.messages.last().and_then(|message| message.content.first());
    let text = content.and_then(SamplingContent::as_text).unwrap_or_default();
    input_required("asks the model", &one_line(text))
}

/// Shows the request, and asks the user for the answer; `None` if the user declines.
pub(super) fn ask(params: &CreateMessageParams) -> Result<Option<CreateMessageResult>, Stop> {
    anstream::eprintln!("{}", "The server asks the model:".bold());
    if let Some(system) = &params.system_prompt {
        line("system", system);
    }
    for message in &params.messages {
        let role = match &message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Other(role) => role,
            _ => "other",
        };
        message.content.iter().for_each(|content| line(role, &shown(content)));
    }
    let help = format!("the answer, up to {} tokens; escape declines", params.max_tokens);
    let check = |text: &str| match text {
        "" => Err("expected an answer; escape declines".to_owned()),
        _ => Ok(()),
    };
    match terminal::text("assistant", &help, None, check) {
        Ok(text) => Ok(Some(CreateMessageResult::text(MODEL, text))),
        Err(Stop::Escape) => Ok(None),
        Err(stop) => Err(stop),
    }
}

fn line(role: &str, text: &str) {
    anstream::eprintln!("  {} {}", format!("{}:", one_line(role)).dimmed(), plain(text));
}

fn shown(content: &SamplingContent) -> String {
    match content {
        SamplingContent::Text(text) => text.text.clone(),
        SamplingContent::Image(image) => format!("[{}]", image.mime_type),
        SamplingContent::Audio(audio) => format!("[{}]", audio.mime_type),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

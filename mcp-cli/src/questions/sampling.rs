//! Requests to the model, which the user answers by hand.

use mcp_runtime::protocol::{CreateMessageParams, CreateMessageResult, Role, SamplingContent};
use owo_colors::OwoColorize as _;

use super::input_required;
use super::terminal::{self, Stop};
use crate::exit::Failure;
use crate::output::{one_line, plain, screen};

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
    show(params);
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

/// Shows the request, and asks the user whether a model gets it; `None` if the user declines.
#[cfg(feature = "models")]
pub(super) fn approve(
    mut params: CreateMessageParams,
    model: &str,
) -> Result<Option<CreateMessageParams>, Stop> {
    let help = format!("an answer has up to {} tokens; escape declines", params.max_tokens);
    loop {
        show(&params);
        let mut options = vec![format!("Send it to {}", one_line(model)), "Decline".to_owned()];
        if last_text(&mut params).is_some() {
            options.push("Edit it".to_owned());
        }
        match terminal::select("Send it?", &help, options, 0) {
            Ok(0) => return Ok(Some(params)),
            Ok(2) => edit(&mut params)?,
            Ok(_) | Err(Stop::Escape) => return Ok(None),
            Err(stop) => return Err(stop),
        }
    }
}

/// Opens the last text of the user in an editor.
#[cfg(feature = "models")]
fn edit(params: &mut CreateMessageParams) -> Result<(), Stop> {
    if let Some(text) = last_text(params) {
        match terminal::edit("user", text) {
            Ok(edited) => *text = edited,
            Err(Stop::Escape) => {}
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}

#[cfg(feature = "models")]
fn last_text(params: &mut CreateMessageParams) -> Option<&mut String> {
    let last = params.messages.iter_mut().rfind(|message| message.role == Role::User)?;
    last.content.iter_mut().rev().find_map(|content| match content {
        SamplingContent::Text(text) => Some(&mut text.text),
        _ => None,
    })
}

fn show(params: &CreateMessageParams) {
    screen::write("The server asks the model:".bold());
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
    let tools: Vec<_> = params.tools.iter().flatten().map(|tool| &*tool.name).collect();
    if !tools.is_empty() {
        line("tools", &tools.join(", "));
    }
}

fn line(role: &str, text: &str) {
    screen::write(format!("  {} {}", format!("{}:", one_line(role)).dimmed(), plain(text)));
}

/// Content as a text.
pub(super) fn shown(content: &SamplingContent) -> String {
    match content {
        SamplingContent::Text(text) => text.text.clone(),
        SamplingContent::Image(image) => format!("[{}]", image.mime_type),
        SamplingContent::Audio(audio) => format!("[{}]", audio.mime_type),
        SamplingContent::ToolUse(call) => {
            format!("{}({})", call.name, serde_json::to_string(&call.input).unwrap_or_default())
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

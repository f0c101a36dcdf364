//! Requests to interfaces that `genai` writes and reads: Bedrock, and Gemini's Interactions.
//!
//! The conversation takes its form of Chat Completions first, which is what `genai` has types for. What
//! these cannot hold is refused.

mod answer;
mod failure;
mod request;

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream as _;
use genai::chat::{ChatOptions, ChatRequest, ChatStreamEvent, StopReason};
use genai::resolver::{AuthData, Endpoint};
use genai::{Client, ServiceTarget};

pub(super) use self::failure::error;
use super::super::error::{ModelError, ModelErrorKind};
use super::super::model::ModelRequest;
use super::key::Key;
use super::retry::Failure;
use super::target::Target;
use super::{Clients, GenaiModel};
use crate::providers::{Answer, Delta};

/// Request that is ready to be sent any number of times.
pub(super) struct Prepared {
    target: ServiceTarget,
    chat: ChatRequest,
    options: ChatOptions,
    streams: bool,
    pub(super) key: Option<Key>,
}

/// Writes the request.
///
/// # Errors
/// [`ModelError::request`] if `genai` cannot express it.
pub(super) async fn prepare(
    model: &GenaiModel,
    target: &Target,
    clients: &Clients,
    request: &ModelRequest<'_>,
) -> Result<Prepared, ModelError> {
    let (chat, mut options) = request::of(target, &model.settings, request)?;
    let (mut service, base, key) = model.resolve(target, clients).await?;
    service.endpoint = Endpoint::from_owned(base.to_string());
    if let Some(key) = &key {
        service.auth = AuthData::from_single(key.value());
    } else if model.base_url.is_some() {
        // These adapters require a key, which servers elsewhere may not want.
        service.auth = AuthData::from_single("none");
    }
    options.stream_header_timeout = Some(model.idle_timeout);
    options.stream_read_timeout = Some(model.idle_timeout);
    Ok(Prepared { target: service, chat, options, streams: model.streams, key })
}

impl Prepared {
    /// Sends the request and reads the answer.
    pub(super) async fn exchange(
        &self,
        client: &Client,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, Failure> {
        let (target, chat) = (self.target.clone(), self.chat.clone());
        let failed = |error| failure::failure(&error, self.key.as_ref());
        if !self.streams {
            let response = client.exec_chat(target, chat, Some(&self.options)).await;
            let response = response.map_err(failed)?;
            let stop = response.stop_reason.as_ref();
            return answer::of(&self.target, &response.content, stop, Some(&response.usage));
        }
        let stream = client.exec_chat_stream(target, chat, Some(&self.options)).await;
        let mut stream = stream.map_err(failed)?.stream;
        let mut last_call = None;
        loop {
            let event = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await;
            match event.transpose().map_err(failed)? {
                Some(ChatStreamEvent::Chunk(chunk)) => on_delta(Delta::Text(chunk.content)),
                Some(ChatStreamEvent::ReasoningChunk(chunk)) => {
                    on_delta(Delta::Thought(chunk.content));
                }
                Some(ChatStreamEvent::ToolCallChunk(chunk)) => {
                    // Each part of a call repeats what is known of it.
                    let call = chunk.tool_call;
                    if last_call.as_ref() != Some(&call.call_id) && !call.fn_name.is_empty() {
                        on_delta(Delta::Call(call.fn_name));
                        last_call = Some(call.call_id);
                    }
                }
                Some(ChatStreamEvent::End(end)) => {
                    let content = end.captured_content.unwrap_or_default();
                    let (stop, usage) = (end.captured_stop_reason, end.captured_usage);
                    // `genai` writes an end to streams that break.
                    if !stop.as_ref().is_some_and(is_final) {
                        return Err(cut());
                    }
                    return answer::of(&self.target, &content, stop.as_ref(), usage.as_ref());
                }
                Some(_) => {}
                None => return Err(cut()),
            }
        }
    }
}

fn cut() -> Failure {
    Failure::temporary(ModelErrorKind::Connection, "the stream ended before the answer")
}

/// `true` if an answer is not in the making any more.
fn is_final(stop: &StopReason) -> bool {
    !matches!(stop, StopReason::Other(reason) if matches!(&**reason, "in_progress" | "queued"))
}

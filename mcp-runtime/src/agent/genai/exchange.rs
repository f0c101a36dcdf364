//! One attempt at a request: sends it, and reads the answer or the stream of its parts.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::error::{ModelError, ModelErrorKind};
use super::key::Key;
use super::retry::{Failure, wanted_pause};
use crate::client::sse::Parser;
use crate::error::Report;
use crate::providers::{Answer, AnswerError, AnswerStream, Delta, Provider};
use crate::shorten::{plain_url, shorten_to};

/// Request that is ready to be sent any number of times.
pub(super) struct Prepared {
    pub(super) provider: Provider,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: bytes::Bytes,
    pub(super) key: Option<Key>,
    pub(super) streams: bool,
    /// Longest silence of a stream.
    pub(super) idle_timeout: Duration,
    /// Advice for connections that fail.
    pub(super) hint: &'static str,
}

/// Largest answer, and largest event of a stream, in bytes.
const MAX_ANSWER: usize = 32 << 20;

/// Longest stream, in bytes. Most of it is not the answer but what is around its parts.
const MAX_STREAM: usize = 128 << 20;

/// Number of bytes of the body of a failure that are read.
const MAX_FAILURE: usize = 64 << 10;

/// Number of characters of a failure that an error shows.
const MAX_SHOWN: usize = 400;

/// Content of an answer.
enum Content {
    Json,
    Events,
    Other(String),
}

impl Prepared {
    /// Sends the request and reads the answer.
    pub(super) async fn exchange(
        &self,
        client: &reqwest::Client,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, Failure> {
        let request = client.post(self.url.clone()).headers(self.headers.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(self.body.clone());
        let sending = async { request.send().await.map_err(|error| self.connection(error)) };
        let response = match self.streams {
            true => self.in_time(sending).await?,
            false => sending.await?,
        };
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        match self.content(&response) {
            Content::Events => self.stream(response, on_delta).await,
            Content::Json => {
                let text = self.whole(response).await?;
                Ok(Answer::parse(self.provider, &text).map_err(failure)?)
            }
            Content::Other(content_type) => {
                let text = self.whole(response).await?;
                Answer::parse(self.provider, &text).map_err(|error| match error.status() {
                    Some(_) => failure(error),
                    None => Failure::permanent(
                        ModelErrorKind::Malformed,
                        format!(
                            "expected an answer of the model, got `{content_type}` from {}: {}",
                            plain_url(&self.url),
                            shorten_to(text.trim(), MAX_SHOWN)
                        ),
                    ),
                })
            }
        }
    }

    /// Reads a stream of events to the end of the answer.
    async fn stream(
        &self,
        mut response: Response,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, Failure> {
        let mut parser = Parser::new(MAX_ANSWER);
        let mut answer = AnswerStream::new(self.provider);
        let mut events = Vec::new();
        let mut received = 0;
        while !answer.is_finished() {
            let reading = async { response.chunk().await.map_err(|error| self.broken(error)) };
            let chunk = match self.in_time(reading).await {
                Ok(chunk) => chunk,
                // The answer may be whole without the end of the response.
                Err(broken) => return answer.finish().map_err(|_| broken),
            };
            let is_end = chunk.is_none();
            // The last event may lack its blank line.
            let chunk = chunk.unwrap_or_else(|| bytes::Bytes::from_static(b"\n\n"));
            received += chunk.len();
            if received > MAX_STREAM {
                return Err(too_long(MAX_STREAM));
            }
            parser.push(&chunk, |event| events.push(event));
            if parser.is_too_long() || events.iter().any(|event| event.too_long.is_some()) {
                return Err(too_long(MAX_ANSWER));
            }
            for event in events.drain(..) {
                let Some(data) = &event.data else { continue };
                if is_end && is_cut(data) {
                    break;
                }
                let deltas = answer.push(event.kind.as_deref(), data).map_err(failure)?;
                deltas.into_iter().for_each(&mut *on_delta);
                if answer.is_finished() {
                    break;
                }
            }
            if is_end {
                break;
            }
        }
        answer.finish().map_err(failure)
    }

    async fn whole(&self, mut response: Response) -> Result<String, Failure> {
        if response.content_length().is_some_and(|length| length > MAX_ANSWER as u64) {
            return Err(too_long(MAX_ANSWER));
        }
        let mut whole = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(error))? {
            if whole.len() + chunk.len() > MAX_ANSWER {
                return Err(too_long(MAX_ANSWER));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8(whole)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Bounds the silence of the provider.
    async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::time::timeout(self.idle_timeout, reading).await.unwrap_or_else(|_| {
            Err(Failure::permanent(
                ModelErrorKind::Timeout,
                format!(
                    "{} sent nothing for {} s; `GenaiModel::idle_timeout` sets the limit",
                    plain_url(&self.url),
                    self.idle_timeout.as_secs_f64()
                ),
            ))
        })
    }

    fn content(&self, response: &Response) -> Content {
        let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let Some(value) = value else {
            return if self.streams { Content::Events } else { Content::Json };
        };
        let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match &*essence {
            "text/event-stream" => Content::Events,
            "application/json" => Content::Json,
            _ => Content::Other(shorten_to(value, MAX_SHOWN)),
        }
    }

    /// Failure to send the request.
    fn connection(&self, error: reqwest::Error) -> Failure {
        if error.is_builder() {
            return Failure::permanent(ModelErrorKind::Request, chain(error));
        }
        let hint = if error.is_connect() { self.hint } else { "" };
        let message = format!("{}: {}{hint}", plain_url(&self.url), chain(error));
        Failure::temporary(ModelErrorKind::Connection, message)
    }

    /// Failure to read the answer.
    fn broken(&self, error: reqwest::Error) -> Failure {
        let message = format!("the answer of {} broke: {}", plain_url(&self.url), chain(error));
        Failure::temporary(ModelErrorKind::Connection, message)
    }

    /// Failure for a response with a status of failure.
    async fn refused(&self, mut response: Response) -> Failure {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = self.beginning(response).await;
        let mut failure =
            status_failure(status, &headers, &body, self.key.as_ref(), SystemTime::now());
        if status == StatusCode::NOT_FOUND {
            let url = plain_url(&self.url);
            failure.error =
                failure.error.map_message(|message| format!("{message}; the URL was {url}"));
        }
        failure
    }

    /// Reads the beginning of the body of a failure.
    async fn beginning(&self, mut response: Response) -> String {
        let mut body = Vec::new();
        // If reading fails, the status remains.
        while let Ok(Ok(Some(chunk))) =
            tokio::time::timeout(self.idle_timeout, response.chunk()).await
        {
            let room = MAX_FAILURE - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MAX_FAILURE {
                break;
            }
        }
        String::from_utf8_lossy(&body).into_owned()
    }
}

/// Reads the failure of a response with a status of failure.
pub(super) fn status_failure(
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
    key: Option<&Key>,
    now: SystemTime,
) -> Failure {
    // The key is removed before the text is cut, since a part of a key is no key any more.
    let body = key.map_or_else(|| body.to_owned(), |key| key.redact(body));
    let mut message = described(&body);
    if message.is_empty() {
        message = status.canonical_reason().unwrap_or("no reason").to_owned();
    }
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        message.push_str(&match key {
            Some(key) => {
                format!("; the key is that of the environment variable `{}`", key.variable())
            }
            None => "; no key was sent. `GenaiModel::api_key_variable` names the environment \
                     variable of one"
                .to_owned(),
        });
    } else if status.is_redirection() {
        let to = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        message.push_str(&format!(
            "; redirects are not followed, since the key would go along. `GenaiModel::base_url` sets \
             the URL. Location: {}",
            shorten_to(to.unwrap_or("none"), MAX_SHOWN)
        ));
    }
    let mut error = ModelError::new(ModelErrorKind::Status(status.as_u16()), message);
    if let Some(pause) = wanted_pause(headers, now) {
        error = error.retry_after(pause);
    }
    let is_temporary = match headers.get("x-should-retry").map(|value| value.as_bytes()) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => error.is_temporary() && !is_exhausted(&body),
    };
    Failure { error, is_temporary }
}

/// `true` if the data of a last event without a blank line is not whole.
fn is_cut(data: &str) -> bool {
    data.trim() != "[DONE]" && serde_json::from_str::<&RawValue>(data).is_err()
}

fn too_long(limit: usize) -> Failure {
    let limit = limit >> 20;
    let message = format!("expected an answer of up to {limit} MiB, got more");
    Failure::permanent(ModelErrorKind::Malformed, message)
}

fn failure(error: AnswerError) -> Failure {
    // Its text quotes the provider.
    let error = ModelError::from(error).map_message(|text| shorten_to(&text, 2 * MAX_SHOWN));
    let is_temporary = error.is_temporary() && !is_exhausted(&error.to_string());
    Failure { error, is_temporary }
}

/// `true` if a limit is exhausted that no pause restores.
fn is_exhausted(body: &str) -> bool {
    ["insufficient_quota", "billing_not_active", "billing_hard_limit_reached"]
        .iter()
        .any(|code| body.contains(code))
}

/// Returns what a provider writes about a failure.
pub(super) fn described(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let value = value.get(0).unwrap_or(&value);
    let error = value.get("error").unwrap_or(value);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let message = text(error)
        .or_else(|| error.get("message").and_then(text))
        .or_else(|| error.get("detail").and_then(text));
    let kind = ["type", "status", "code"].iter().find_map(|name| error.get(*name).and_then(text));
    let text = match (message, kind) {
        (Some(message), Some(kind)) if kind != "error" => format!("{message} ({kind})"),
        (Some(message), _) => message,
        (None, _) => body.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    shorten_to(&text, MAX_SHOWN)
}

/// Returns an error with its sources, without the URL.
fn chain(error: reqwest::Error) -> String {
    shorten_to(&Report(&error.without_url()).to_string(), MAX_SHOWN)
}

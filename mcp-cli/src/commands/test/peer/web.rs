//! A server at a URL.

use std::time::Duration;

use mcp_runtime::client::reqwest::{self, Method, Url};
use serde_json::Value;

use super::{Era, Response};
use crate::target::HttpServer;

/// Longest body that is read.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// Requests over HTTP.
pub(in super::super) struct Web {
    client: reqwest::Client,
    pub(in super::super) url: Url,
    headers: Vec<(String, String)>,
    era: Era,
    timeout: Duration,
    /// Id of the session, if the server has given one.
    pub(in super::super) session: Option<String>,
}

/// Answer over HTTP.
#[derive(Debug)]
pub(in super::super) struct Answer {
    pub(in super::super) status: u16,
    pub(in super::super) content_type: String,
    /// The response of the protocol, if there is one.
    pub(in super::super) message: Option<Value>,
    session: Option<String>,
}

impl Web {
    pub(super) fn new(server: &HttpServer, era: Era, timeout: Duration) -> Result<Self, String> {
        let url = Url::parse(&server.url).map_err(|error| format!("{}: {error}", server.url))?;
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { client, url, headers: server.headers.clone(), era, timeout, session: None })
    }

    /// Sends a request and waits for its response.
    pub(super) async fn ask(&mut self, request: &Value) -> Response {
        let answer = self.post(&request.to_string(), &[]).await?;
        if request["method"] == "initialize" {
            self.session = answer.session.clone().or(self.session.take());
        }
        let status = answer.status;
        match answer.message {
            Some(message) if message["id"] == request["id"] => Ok(message),
            Some(message) => Err(format!("HTTP status {status} with another id: {message}")),
            None => Err(format!("HTTP status {status} without a response")),
        }
    }

    /// Sends a body. Some headers take the place of those of the protocol; an empty one is left out.
    pub(in super::super) async fn post(
        &self,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let request: Value = serde_json::from_str(body).unwrap_or_default();
        let mut all = vec![
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
        ];
        let is_opening = request["method"] == "initialize";
        if !is_opening {
            all.push(("mcp-protocol-version", self.era.version().to_owned()));
            all.extend(self.session.iter().map(|session| ("mcp-session-id", session.clone())));
        }
        if self.era == Era::Modern {
            let method = request["method"].as_str();
            all.extend(method.map(|method| ("mcp-method", method.to_owned())));
            let params = &request["params"];
            let name = params["name"].as_str().or(params["uri"].as_str());
            all.extend(name.map(|name| ("mcp-name", name.to_owned())));
        }
        self.send(Method::POST, all, headers, Some(body.to_owned())).await
    }

    /// Sends a request without a body.
    pub(in super::super) async fn bare(
        &self,
        method: Method,
        headers: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let mut all = vec![
            ("accept", "text/event-stream".to_owned()),
            ("mcp-protocol-version", self.era.version().to_owned()),
        ];
        all.extend(self.session.iter().map(|session| ("mcp-session-id", session.clone())));
        self.send(method, all, headers, None).await
    }

    async fn send(
        &self,
        method: Method,
        mut all: Vec<(&str, String)>,
        replaced: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, String> {
        all.retain(|(name, _)| !replaced.iter().any(|(it, _)| it == name));
        let replaced = replaced.iter().filter(|(_, value)| !value.is_empty());
        let mut request = self.client.request(method.clone(), self.url.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let replaced = replaced.map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in all.into_iter().chain(replaced) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        // The stream of a session has no end.
        let has_end = method != Method::GET;
        let exchange = async { Answer::read(request.send().await?, has_end).await };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer.map_err(|error: reqwest::Error| with_source(&error)),
            Err(_) => Err(format!("no response within {:?}", self.timeout)),
        }
    }
}

impl Answer {
    /// Reads the head, and the body up to the response of the protocol.
    async fn read(mut response: reqwest::Response, has_end: bool) -> Result<Self, reqwest::Error> {
        let header = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (session, content_type) = (header("mcp-session-id"), header("content-type"));
        let content_type = content_type.unwrap_or_default();
        let status = response.status().as_u16();
        let is_stream = content_type.starts_with("text/event-stream");
        let mut body = Vec::new();
        let mut message = None;
        while has_end && message.is_none() && body.len() < MAX_BODY {
            let Some(chunk) = response.chunk().await? else { break };
            body.extend_from_slice(&chunk);
            if is_stream {
                message = response_of(&String::from_utf8_lossy(&body));
            }
        }
        let message = message.or_else(|| serde_json::from_slice(&body).ok());
        Ok(Self { status, content_type, message, session })
    }
}

/// The response in the events of a stream, if it is there already.
fn response_of(text: &str) -> Option<Value> {
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let data = complete.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut messages = data.filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok());
    messages.find(|message| message.get("method").is_none() && message.get("id").is_some())
}

/// An error with its causes, which have the reason.
fn with_source(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

//! Sending the user of a client to a URL, for what must not pass through the client.
//!
//! Specification: [URL mode](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#url-mode-elicitation-requests),
//! [of sessions](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-mode-elicitation-requests).

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{self, Poll, ready};

use mcp_core::json;
use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::method::Method;
use mcp_core::protocol::ElicitParams;
use mcp_core::revision::{Asks, notification};
use serde_json::json;
use serde_json::value::RawValue;

use super::elicitation::{Elicited, action, parse};
use super::question::{Digest, Needs, Question};
use super::{AnswerFuture, AskError, ask};
use crate::context::exchange::Sender;
use crate::context::handle::Context;
use crate::context::session::Session;

/// A URL on its way to the user, made by [`Context::elicit_url`]. Await it for the user's consent.
#[must_use = "nothing is asked until it is awaited"]
pub struct UrlElicitation {
    cx: Context,
    url: String,
    message: String,
    key: Option<String>,
    id: Option<String>,
    is_required: bool,
    is_volatile: bool,
    answer: Option<AnswerFuture>,
}

impl Context {
    /// Asks the user to go to a URL, for a payment, a password or a consent of somebody else.
    ///
    /// `Accepted` means that the user agreed to go there, not that anything was done there: that
    /// the server learns from the page behind the URL. The URL must not hold anything secret, and
    /// the page has to make sure that it is this user who opens it.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::elicit::AskError;
    ///
    /// /// Pay for an order.
    /// #[tool]
    /// async fn pay(cx: &Context, order: u64) -> Result<&'static str, AskError> {
    ///     let url = format!("https://shop.example/pay/{order}");
    ///     let agreed = cx.elicit_url(url, "Pay for your order").await?.is_accepted();
    ///     Ok(if agreed { "waiting for the payment" } else { "the order stays open" })
    /// }
    /// ```
    pub fn elicit_url(&self, url: impl Into<String>, message: impl Into<String>) -> UrlElicitation {
        UrlElicitation {
            cx: self.clone(),
            url: url.into(),
            message: message.into(),
            key: None,
            id: None,
            is_required: false,
            is_volatile: false,
            answer: None,
        }
    }

    /// Whether the user can be sent to a URL.
    pub fn can_elicit_url(&self) -> bool {
        Needs::Urls.are_met_by(self)
    }

    /// What tells the client that the user is done at a URL, under the id that
    /// [`UrlElicitation::id`] gave to it. It can be kept, for the page behind the URL to use.
    pub fn url_completion(&self, id: impl Into<String>) -> UrlCompletion {
        let session = match &self.exchange().sender {
            Sender::Session(session) => Arc::downgrade(session),
            Sender::Request => Weak::new(),
        };
        UrlCompletion { session, id: id.into() }
    }
}

impl UrlElicitation {
    /// Names the question on the wire, for clients that care.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the question for the same one although its URL or message changes from one run of the
    /// handler to the next, because the URL holds something random, say. Otherwise it would be asked
    /// again. Where the server has to recognise the URL, make it in a
    /// [`once`](Context::once) instead.
    pub fn volatile(mut self) -> Self {
        self.is_volatile = true;
        self
    }

    /// Sets the `elicitationId` under which a legacy session hears of the completion. It has to be
    /// unique and hard to guess; without one a random one is made.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Says that the call makes no sense before the user was there.
    ///
    /// A legacy session that has this error gets `-32042` with the URL: its client sends the user
    /// there and calls again when it is done. In the modern era this makes no difference.
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    fn begin(&mut self) -> AnswerFuture {
        let asks = self.cx.exchange().facts().asks;
        let in_session = asks == Asks::ServerRequests;
        let mut params = match ElicitParams::url(&self.message, &self.url) {
            ElicitParams::Url(params) => params,
            // What was just made is what was asked for.
            _ => return Box::pin(std::future::ready(Err(AskError::over()))),
        };
        let rendering = match self.is_volatile {
            true => "url".to_owned(),
            false => json!([self.url, self.message]).to_string(),
        };
        let key = self.key.take();
        let digest = Digest::of(Method::Elicit, key.as_deref(), &rendering);
        if in_session {
            params.elicitation_id = Some(self.id.take().unwrap_or_else(random_id));
        }
        let params = ElicitParams::Url(params);
        if in_session && self.is_required {
            let error = match Needs::Urls.lacking(&self.cx) {
                Some(lacking) => lacking,
                None => AskError::url_required(required(&params)),
            };
            return Box::pin(std::future::ready(Err(error)));
        }
        let params = json::to_string(&params);
        let check = Arc::new(|answer: &RawValue| read(answer).map(drop));
        let (method, needs) = (Method::Elicit, Needs::Urls);
        let question = Question { method, params, key, digest, needs, check };
        Box::pin(ask(self.cx.clone(), question))
    }
}

fn required(params: &ElicitParams) -> ProtocolError {
    let message = format!("this request needs the user first: {}", params.message());
    ProtocolError::new(ErrorCode::URL_ELICITATION_REQUIRED, message)
        .data(json!({ "elicitations": [params] }))
}

pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    // Without random numbers nobody could ask anything, and this id is no secret.
    let _ = getrandom::fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

impl Future for UrlElicitation {
    type Output = Result<Elicited<()>, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.answer.is_none() {
            this.answer = Some(this.begin());
        }
        let Some(answer) = &mut this.answer else { return Poll::Pending };
        let answer = ready!(answer.as_mut().poll(cx))?;
        Poll::Ready(read(&answer).map_err(|because| AskError::invalid(&because)))
    }
}

fn read(answer: &RawValue) -> Result<Elicited<()>, String> {
    action(&parse(answer)?)
}

/// Tells a client that its user is done at a URL. See [`Context::url_completion`].
#[derive(Clone, Debug)]
pub struct UrlCompletion {
    session: Weak<Session>,
    id: String,
}

impl UrlCompletion {
    /// Tells it, and says whether there is still a session to be told. In the modern era there is
    /// none: a client asks again by itself.
    pub fn complete(&self) -> bool {
        let Some(session) = self.session.upgrade() else { return false };
        session.post(notification(Method::ElicitationComplete.as_str(), |params| {
            params.value("elicitationId", &self.id);
        }))
    }
}

impl std::fmt::Debug for UrlElicitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UrlElicitation").field("url", &self.url).finish_non_exhaustive()
    }
}

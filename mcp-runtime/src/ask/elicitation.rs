//! Asking the user of a client to fill in a form.
//!
//! Specification: [Elicitation](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation).

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

use mcp_core::json;
use mcp_core::method::Method;
use mcp_core::protocol::{ElicitAction, ElicitResult};
use serde_json::value::RawValue;

use super::question::{Digest, Needs, Question};
use super::{AnswerFuture, AskError, ask};
use crate::ask::form::Elicit;
use crate::context::handle::Context;

/// What a user did with a question.
///
/// Specification: [Response actions](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#response-actions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elicited<T> {
    /// The user answered.
    Accepted(T),
    /// The user said no.
    Declined,
    /// The user said nothing.
    Cancelled,
}

impl<T> Elicited<T> {
    /// The answer, if there is one.
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(value) => Some(value),
            Self::Declined | Self::Cancelled => None,
        }
    }

    /// Whether the user answered.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

/// A form on its way to the user, made by [`Context::elicit`]. Await it for the answer.
#[must_use = "nothing is asked until it is awaited"]
pub struct Elicitation<T> {
    cx: Context,
    message: String,
    key: Option<String>,
    is_volatile: bool,
    /// Absent until it is awaited.
    answer: Option<AnswerFuture>,
    form: PhantomData<fn() -> T>,
}

impl Context {
    /// Asks the user to fill in a form.
    ///
    /// Whether the client can be asked, [`Context::can_elicit`] says. In the modern era the handler
    /// runs again from its beginning when the answer is there; what must not be done twice belongs
    /// into [`Context::once`]. An answer that does not fit the form is asked for again in the modern
    /// era and is an error in a legacy session.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::elicit::{AskError, Elicited};
    /// use mcp_runtime::Elicit;
    ///
    /// #[derive(Elicit)]
    /// struct Confirm {
    ///     /// Whether to go on
    ///     yes: bool,
    /// }
    ///
    /// /// Delete everything.
    /// #[tool(destructive)]
    /// async fn wipe(cx: &Context) -> Result<&'static str, AskError> {
    ///     match cx.elicit::<Confirm>("Really delete everything?").await? {
    ///         Elicited::Accepted(Confirm { yes: true }) => Ok("deleted"),
    ///         _ => Ok("left as it was"),
    ///     }
    /// }
    /// ```
    ///
    /// Specification: [Form mode](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#form-mode-elicitation-requests).
    pub fn elicit<T: Elicit>(&self, message: impl Into<String>) -> Elicitation<T> {
        Elicitation {
            cx: self.clone(),
            message: message.into(),
            key: None,
            is_volatile: false,
            answer: None,
            form: PhantomData,
        }
    }

    /// Whether the user can be asked to fill in a form.
    pub fn can_elicit(&self) -> bool {
        Needs::Forms.are_met_by(self)
    }
}

impl<T> Elicitation<T> {
    /// Names the question on the wire, for clients that care. Without a name the framework gives
    /// it one.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the question for the same one although its message changes from one run of the
    /// handler to the next, because it tells the time, say. Otherwise it would be asked again.
    pub fn volatile(mut self) -> Self {
        self.is_volatile = true;
        self
    }
}

impl<T: Elicit> Elicitation<T> {
    fn begin(&mut self) -> AnswerFuture {
        let schema = T::schema();
        let params = json::object_string(|params| {
            params.value("message", &self.message);
            params.raw("requestedSchema", schema.as_str());
        });
        let key = self.key.take();
        let same = if self.is_volatile { schema.as_str() } else { &params };
        let digest = Digest::of(Method::Elicit, key.as_deref(), same);
        let check = Arc::new(|answer: &RawValue| read::<T>(answer).map(drop));
        let (method, needs) = (Method::Elicit, Needs::Forms);
        let question = Question { method, params, key, digest, needs, check };
        Box::pin(ask(self.cx.clone(), question))
    }
}

impl<T: Elicit> Future for Elicitation<T> {
    type Output = Result<Elicited<T>, AskError>;

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

fn read<T: Elicit>(answer: &RawValue) -> Result<Elicited<T>, String> {
    let result = parse(answer)?;
    Ok(match action(&result)? {
        Elicited::Accepted(()) => {
            // A form without required fields may be accepted as it is.
            Elicited::Accepted(T::read(&result.content.unwrap_or_default())?)
        }
        Elicited::Declined => Elicited::Declined,
        Elicited::Cancelled => Elicited::Cancelled,
    })
}

pub(crate) fn parse(answer: &RawValue) -> Result<ElicitResult, String> {
    serde_json::from_str(answer.get()).map_err(|error| error.to_string())
}

pub(crate) fn action(result: &ElicitResult) -> Result<Elicited<()>, String> {
    match &result.action {
        ElicitAction::Accept => Ok(Elicited::Accepted(())),
        ElicitAction::Decline => Ok(Elicited::Declined),
        ElicitAction::Cancel => Ok(Elicited::Cancelled),
        other => Err(format!("`action`: expected accept, decline or cancel, got {other:?}")),
    }
}

impl<T> std::fmt::Debug for Elicitation<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elicitation").field("message", &self.message).finish_non_exhaustive()
    }
}

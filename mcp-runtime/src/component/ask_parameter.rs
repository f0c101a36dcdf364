//! Parameters that the user is asked for before the body of a handler runs.

use std::fmt;
use std::pin::Pin;

use mcp_core::jsonrpc::ProtocolError;

use crate::ask::elicitation::Elicited;
use crate::ask::form::Elicit;
use crate::component::strings::arguments::refused;
use crate::component::strings::call::StringCall;
use crate::component::tool::call::Call;
use crate::component::tool::failure::ToolError;
use crate::component::tool::outcome::ToolReply;
use crate::context::handle::Context;
use crate::shorten::line;

/// A type that a parameter with `#[ask("…")]` may have.
///
/// It is implemented for every form, for which the call ends if the user declines, and for
/// [`Elicited`] of a form, which reports what the user did. `Via` distinguishes the
/// two and is always inferred.
#[diagnostic::on_unimplemented(
    message = "no user can be asked for `{Self}`",
    label = "not a form",
    note = "a parameter with `#[ask]` is a struct with `#[derive(mcp_runtime::Elicit)]`, or `Elicited` of one",
    note = "an enum is one field of a form; put it into a struct"
)]
pub trait AskParameter<Via: 'static>: Sized + Send + 'static {
    /// Form that the user fills in.
    #[doc(hidden)]
    type Form: Elicit;

    /// Converts the outcome of the question to the value of the parameter.
    #[doc(hidden)]
    fn of(outcome: Elicited<Self::Form>) -> Result<Self, NotAccepted>;
}

/// Outcome of a question without a form.
#[derive(Clone, Copy, Debug)]
pub enum NotAccepted {
    /// The user declined.
    Declined,
    /// The user closed the form.
    Cancelled,
}

/// Marks an [`AskParameter`] that is a form.
#[derive(Debug)]
pub enum ViaAccepted {}

/// Marks an [`AskParameter`] that is the outcome of the question.
#[derive(Debug)]
pub enum ViaOutcome {}

#[diagnostic::do_not_recommend]
impl<T: Elicit> AskParameter<ViaAccepted> for T {
    type Form = T;

    fn of(outcome: Elicited<T>) -> Result<Self, NotAccepted> {
        match outcome {
            Elicited::Accepted(form) => Ok(form),
            Elicited::Declined => Err(NotAccepted::Declined),
            Elicited::Cancelled => Err(NotAccepted::Cancelled),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Elicit> AskParameter<ViaOutcome> for Elicited<T> {
    type Form = T;

    fn of(outcome: Elicited<T>) -> Result<Self, NotAccepted> {
        Ok(outcome)
    }
}

/// A question for the value of a parameter.
pub struct Ask<T> {
    message: String,
    key: Option<&'static str>,
    is_volatile: bool,
    /// Implementation of [`AskParameter`], so that only [`ask`] has its bound and a wrong type is
    /// one error.
    answer: fn(Context, Self) -> Answer<T>,
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ToolError>> + Send>>;

/// Creates the question for a value of a type. Only this function has a bound on the type of
/// such a parameter.
pub fn ask<T: AskParameter<Via>, Via: 'static>(message: String) -> Ask<T> {
    let answer = |cx, ask| -> Answer<T> { Box::pin(answer(cx, ask)) };
    Ask { message, key: None, is_volatile: false, answer }
}

impl<T> Ask<T> {
    /// Sets the name of the question on the wire.
    #[must_use]
    pub fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// Identifies the question by its key alone, because its message changes.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        self.is_volatile = true;
        self
    }

    /// Asks the user.
    ///
    /// # Errors
    /// The error that ends the call.
    pub async fn of(self, cx: &Context) -> Result<T, ToolError> {
        (self.answer)(cx.clone(), self).await
    }
}

async fn answer<T: AskParameter<Via>, Via: 'static>(
    cx: Context,
    ask: Ask<T>,
) -> Result<T, ToolError> {
    let Ask { message, key, is_volatile, .. } = ask;
    let mut question = cx.elicit::<T::Form>(message.as_str());
    if let Some(key) = key {
        question = question.key(key);
    }
    if is_volatile {
        question = question.volatile();
    }
    T::of(question.await?).map_err(|reason| {
        let done = match reason {
            NotAccepted::Declined => "declined",
            NotAccepted::Cancelled => "gave no answer",
        };
        ToolError::new(format!("the user was asked \"{}\" and {done}", line(&message)))
    })
}

impl<T> fmt::Debug for Ask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("message", &self.message).finish_non_exhaustive()
    }
}

impl Call {
    /// Context of the client to ask.
    #[doc(hidden)]
    pub fn asking(&self) -> &Context {
        self.context()
    }

    /// Result of a call whose question was declined.
    #[doc(hidden)]
    pub fn refuse(&self, error: ToolError) -> ToolReply {
        error.into_reply()
    }
}

impl StringCall {
    /// Context of the client to ask.
    pub fn asking(&self) -> &Context {
        self.scope.context()
    }

    /// Error of a request whose question was declined.
    ///
    /// # Errors
    /// Always.
    pub fn refuse<R>(&self, error: ToolError) -> Result<R, ProtocolError> {
        Err(refused(error.into_reply()))
    }
}

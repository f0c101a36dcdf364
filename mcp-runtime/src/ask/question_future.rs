//! The builder of a question, which is also the future of its answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

use mcp_core::method::Method;
use serde_json::value::RawValue;

use super::question::{Needs, Question};
use super::{AnswerFuture, AskError, ask};
use crate::context::handle::Context;

/// A kind of question: its content, and the type of its answer.
pub(crate) trait Ask: Unpin {
    /// Type of the answer.
    type Answer;

    const METHOD: Method;
    const NEEDS: Needs;

    /// Renders the question. This is called once, when it is awaited.
    ///
    /// # Errors
    /// Any error of a question that cannot be asked.
    fn render(&mut self, cx: &Context, is_volatile: bool) -> Result<Rendered, AskError>;

    /// Parses an answer.
    ///
    /// # Errors
    /// A description of what is wrong with it.
    fn read(answer: &RawValue) -> Result<Self::Answer, String>;
}

/// A rendered question.
pub(crate) struct Rendered {
    /// Parameters, an object as JSON text.
    pub(crate) params: String,
    /// Text that identifies the question; `None` for its parameters.
    pub(crate) identity: Option<String>,
}

/// A question with its options. It is asked when it is first polled.
pub(crate) struct QuestionFuture<A> {
    pub(crate) cx: Context,
    pub(crate) ask: A,
    pub(crate) key: Option<String>,
    pub(crate) is_volatile: bool,
    /// `None` until the question is asked.
    answer: Option<AnswerFuture>,
}

impl<A: Ask> QuestionFuture<A> {
    pub(crate) fn new(cx: &Context, ask: A) -> Self {
        Self { cx: cx.clone(), ask, key: None, is_volatile: false, answer: None }
    }

    fn start(&mut self) -> AnswerFuture {
        let Rendered { params, identity } = match self.ask.render(&self.cx, self.is_volatile) {
            Ok(rendered) => rendered,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let check = Arc::new(|answer: &RawValue| A::read(answer).map(drop));
        let key = self.key.take();
        let question = Question::new(A::METHOD, A::NEEDS, params, key, identity.as_deref(), check);
        Box::pin(ask(self.cx.clone(), question))
    }

    /// `true` once the question is asked.
    pub(crate) fn has_started(&self) -> bool {
        self.answer.is_some()
    }
}

impl<A: Ask> Future for QuestionFuture<A> {
    type Output = Result<A::Answer, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answer = match &mut this.answer {
            Some(answer) => answer,
            None => {
                let answer = this.start();
                this.answer.insert(answer)
            }
        };
        let answer = ready!(answer.as_mut().poll(cx))?;
        Poll::Ready(A::read(&answer).map_err(|reason| AskError::invalid(&reason)))
    }
}

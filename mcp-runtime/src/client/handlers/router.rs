//! Routes the questions of a session to the call in flight that caused them.
//!
//! A session asks by requests that do not state which call they belong to. A question is routed only
//! while one call is in flight: asking the wrong user would disclose what concerns another.

use std::sync::Arc;

use mcp_core::json::one_line;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use tokio::sync::oneshot;

use crate::client::in_flight::{InFlight, InFlightGuard, Owner};
use crate::client::message::BoxFuture;

/// The caller of a request in flight, which answers the questions that the server has about it.
pub(crate) trait Caller: Send + Sync + 'static {
    /// Delivers a question. Returns `false` if the caller is gone.
    fn deliver(&self, question: Question) -> BoxFuture<'_, bool>;
}

/// A question of a session.
pub(crate) struct Question {
    pub(crate) method: Method,
    /// Parameters, an object as JSON text.
    pub(crate) params: String,
    /// Receives the JSON of the answer. It is closed when the server cancels the question.
    pub(crate) answer: oneshot::Sender<Result<String, ProtocolError>>,
}

/// The calls in flight over one client whose callers answer questions.
#[derive(Debug, Default)]
pub(crate) struct QuestionRouter(Arc<InFlight<Arc<dyn Caller>>>);

impl QuestionRouter {
    /// Counts a call as in flight until the guard is finished.
    pub(crate) fn enter(&self, caller: Arc<dyn Caller>) -> InFlightGuard<Arc<dyn Caller>> {
        self.0.enter(caller)
    }

    /// Has a question answered by the caller of the one call that is in flight.
    ///
    /// # Errors
    /// That of the answer, and `-32603` unless exactly one call is in flight.
    pub(crate) async fn route(
        &self,
        method: Method,
        params: &str,
    ) -> Result<String, ProtocolError> {
        let caller = self.only_caller()?;
        let (answer, answered) = oneshot::channel();
        // A message of a pipe is one line, and the question may be forwarded over a pipe.
        let params = one_line(params).into_owned();
        let over = || ProtocolError::internal("the call that this was asked for is over");
        if !caller.deliver(Question { method, params, answer }).await {
            return Err(over());
        }
        answered.await.unwrap_or_else(|_| Err(over()))
    }

    fn only_caller(&self) -> Result<Arc<dyn Caller>, ProtocolError> {
        match self.0.owner() {
            Owner::One(caller) => Ok(caller),
            Owner::None => Err(ProtocolError::internal(
                "no call is in flight, so there is nobody to ask; ask while a call is served",
            )),
            Owner::Ambiguous => Err(ProtocolError::internal(
                "several calls are in flight in this session, or were given up just now, and a \
                 question does not say which of them it is for, so nobody is asked",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    impl Caller for mpsc::Sender<Question> {
        fn deliver(&self, question: Question) -> BoxFuture<'_, bool> {
            Box::pin(async move { self.send(question).await.is_ok() })
        }
    }

    async fn route(router: &QuestionRouter) -> Result<String, ProtocolError> {
        router.route(Method::RootsList, "{}").await
    }

    #[tokio::test]
    async fn only_the_one_caller_is_asked() {
        let router = QuestionRouter::default();
        assert!(route(&router).await.unwrap_err().message.contains("no call"));
        let (sender, mut questions) = mpsc::channel::<Question>(8);
        let caller: Arc<dyn Caller> = Arc::new(sender);
        let one = router.enter(Arc::clone(&caller));
        let answer = async {
            let Some(question) = questions.recv().await else { return };
            question.answer.send(Ok("1".into())).unwrap();
        };
        let (asked, ()) = tokio::join!(route(&router), answer);
        assert_eq!(asked.unwrap(), "1");
        let other = router.enter(caller);
        assert!(route(&router).await.unwrap_err().message.contains("several"));
        one.finish();
        other.finish();
        assert!(route(&router).await.unwrap_err().message.contains("no call"));
    }
}

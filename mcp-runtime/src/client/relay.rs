//! Questions of a session, on their way to whoever made the call that they belong to.
//!
//! A session asks by requests that do not say which call they are for. So a question is passed on
//! only while one call is in flight: to ask the wrong user would show one what concerns another.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::ProgressParams;
use tokio::sync::{mpsc, oneshot};

use super::error::Error;
use super::in_flight::{Entered, InFlight, Whose};
use super::logs::LogMessage;
use super::rounds::Answered;
use super::transport::Json;

/// What happens to a call that was made for somebody else.
pub(crate) enum Passing {
    /// It goes on.
    Progress(ProgressParams),
    /// The server has logged something.
    Log(LogMessage),
    /// The server asks something.
    Question(Question),
    /// It is over.
    Done(Result<Answered<Json>, Error>),
}

/// A question of a session.
pub(crate) struct Question {
    pub(crate) method: Method,
    /// The parameters, an object as JSON text.
    pub(crate) params: String,
    /// Where the JSON of the answer goes. It is closed when the server takes the question back.
    pub(crate) answer: oneshot::Sender<Result<String, ProtocolError>>,
}

/// The calls in flight over one client that were made for somebody else.
#[derive(Debug, Default)]
pub(crate) struct Relay(Arc<InFlight<mpsc::Sender<Passing>>>);

impl Relay {
    /// Counts a call as in flight until what is returned says that it is over.
    pub(crate) fn enter(&self, caller: mpsc::Sender<Passing>) -> Entered<mpsc::Sender<Passing>> {
        self.0.enter(caller)
    }

    /// Has a question answered by whoever made the one call that is in flight.
    ///
    /// # Errors
    /// That of the answer, and `-32603` if it cannot be said whom to ask.
    pub(crate) async fn question(
        &self,
        method: Method,
        params: &str,
    ) -> Result<String, ProtocolError> {
        let caller = self.only_caller()?;
        let (answer, answered) = oneshot::channel();
        // The message of a pipe ends with its line, and this one may go on to a pipe.
        let params = params.replace(['\n', '\r'], " ");
        let over = || ProtocolError::internal("the call that this was asked for is over");
        let question = Question { method, params, answer };
        caller.send(Passing::Question(question)).await.map_err(|_| over())?;
        answered.await.unwrap_or_else(|_| Err(over()))
    }

    fn only_caller(&self) -> Result<mpsc::Sender<Passing>, ProtocolError> {
        match self.0.whose() {
            Whose::Of(caller) => Ok(caller),
            Whose::Nobodys => Err(ProtocolError::internal(
                "no call is in flight, so there is nobody to ask; ask while a call is served",
            )),
            Whose::OneOfSeveral => Err(ProtocolError::internal(
                "several calls are in flight in this session, or were given up just now, and a \
                 question does not say which of them it is for, so nobody is asked",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(relay: &Relay) -> Result<String, ProtocolError> {
        relay.question(Method::RootsList, "{}").await
    }

    #[tokio::test]
    async fn only_the_one_caller_is_asked() {
        let relay = Relay::default();
        assert!(ask(&relay).await.unwrap_err().message.contains("no call"));
        let (caller, mut passing) = mpsc::channel(8);
        let one = relay.enter(caller.clone());
        let answer = async {
            let Some(Passing::Question(question)) = passing.recv().await else { return };
            question.answer.send(Ok("1".into())).unwrap();
        };
        let (asked, ()) = tokio::join!(ask(&relay), answer);
        assert_eq!(asked.unwrap(), "1");
        let other = relay.enter(caller);
        assert!(ask(&relay).await.unwrap_err().message.contains("several"));
        one.over();
        other.over();
        assert!(ask(&relay).await.unwrap_err().message.contains("no call"));
    }
}

//! Questions of a session, on their way to whoever made the call that they belong to.
//!
//! A session asks by requests that do not say which call they are for. So a question is passed on
//! only while one call is in flight: to ask the wrong user would show one what concerns another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::ProgressParams;
use tokio::sync::{mpsc, oneshot};

use super::error::Error;
use super::rounds::Answered;
use super::transport::Json;

/// What happens to a call that was made for somebody else.
pub(crate) enum Passing {
    /// It goes on.
    Progress(ProgressParams),
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
#[derive(Default)]
pub(crate) struct Relay(Mutex<Calls>);

#[derive(Default)]
struct Calls {
    next: u64,
    in_flight: BTreeMap<u64, mpsc::Sender<Passing>>,
}

impl Relay {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call as in flight until what is returned is dropped.
    pub(crate) fn enter(self: &Arc<Self>, caller: mpsc::Sender<Passing>) -> InFlight {
        let mut calls = self.calls();
        let number = calls.next;
        calls.next += 1;
        calls.in_flight.insert(number, caller);
        InFlight { relay: Arc::clone(self), number }
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
        let calls = self.calls();
        let mut callers = calls.in_flight.values();
        match (callers.next(), callers.next()) {
            (Some(caller), None) => Ok(caller.clone()),
            (None, _) => Err(ProtocolError::internal(
                "no call is in flight, so there is nobody to ask; ask while a call is served",
            )),
            _ => Err(ProtocolError::internal(
                "several calls are in flight in this session, and a question does not say which \
                 of them it is for, so nobody is asked",
            )),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("in_flight", &self.calls().in_flight.len()).finish()
    }
}

/// A call that is in flight. See [`Relay::enter`].
pub(crate) struct InFlight {
    relay: Arc<Relay>,
    number: u64,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.relay.calls().in_flight.remove(&self.number);
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
        let relay = Arc::<Relay>::default();
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
        drop((one, other));
        assert!(ask(&relay).await.unwrap_err().message.contains("no call"));
    }
}

//! Ends of runs, and errors.

use std::fmt;

use super::approval::PendingCall;
use super::error::ModelError;
use super::limits::Limit;
use super::transcript::Transcript;
use crate::client;
use crate::providers::Usage;

/// Outcome of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Text of the last turn of the model.
    pub text: String,
    /// Reason for which the run ended.
    pub end: End,
    /// Reason for which the last turn ended, in the words of the provider.
    pub stop_reason: Option<String>,
    /// Conversation, to be resumed.
    pub transcript: Transcript,
    /// Tokens of this run.
    pub usage: Usage,
    /// Number of turns of the model in this run.
    pub rounds: u32,
}

/// Reason for which a run ended.
///
/// [`Agent::resume`](super::Agent::resume) continues a run after each of them. Calls without a result
/// are made then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum End {
    /// The model answered without a call.
    Finished,
    /// The model refused to answer.
    Refused,
    /// A filter of the provider stopped the answer.
    ContentFilter,
    /// The answer reached its limit of tokens, or the conversation fills the context window. Calls of
    /// this answer were not made, because the last may be cut off.
    TokenLimit,
    /// The answer reached the provider's limit of messages or calls in one turn.
    StepLimit,
    /// A limit of the run was reached.
    Limit(Limit),
    /// These calls wait for approval. See [`Transcript::approve`].
    NeedsApproval(Vec<PendingCall>),
    /// [`StopHandle::stop`](super::StopHandle::stop) was called.
    Cancelled,
}

/// Error of a run. Its transcript can be resumed.
#[derive(Clone)]
pub struct AgentError(Box<Failure>);

#[derive(Clone)]
struct Failure {
    kind: AgentErrorKind,
    transcript: Transcript,
}

/// Kind of an [`AgentError`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AgentErrorKind {
    /// There is no answer of the model.
    Model(ModelError),
    /// The tools of a server could not be listed when the run began.
    #[non_exhaustive]
    Server {
        /// Name of the server.
        name: String,
        /// Error of its client.
        error: client::Error,
    },
    /// The transcript has no message. Add one with [`Transcript::push`].
    NoMessage,
}

impl AgentError {
    pub(super) fn new(kind: AgentErrorKind, transcript: Transcript) -> Self {
        Self(Box::new(Failure { kind, transcript }))
    }

    /// Returns the kind.
    pub fn kind(&self) -> &AgentErrorKind {
        &self.0.kind
    }

    /// Returns the conversation so far.
    pub fn transcript(&self) -> &Transcript {
        &self.0.transcript
    }

    /// Returns the conversation so far, to be resumed.
    pub fn into_transcript(self) -> Transcript {
        self.0.transcript
    }
}

impl fmt::Debug for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentError").field("kind", &self.0.kind).finish_non_exhaustive()
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            AgentErrorKind::Model(error) => error.fmt(f),
            AgentErrorKind::Server { name, error } => {
                write!(f, "the tools of the server `{name}` cannot be listed: {}", error.report())
            }
            AgentErrorKind::NoMessage => {
                f.write_str("the transcript has no message; add one with `Transcript::push`")
            }
        }
    }
}

impl std::error::Error for AgentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            AgentErrorKind::Model(error) => Some(error),
            AgentErrorKind::Server { error, .. } => Some(error),
            AgentErrorKind::NoMessage => None,
        }
    }
}

impl From<ModelError> for AgentErrorKind {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

//! Approval of calls before they are made.

use std::fmt;
use std::sync::Arc;

use mcp_core::protocol::ToolAnnotations;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::client::BoxFuture;
use crate::providers::ToolId;

/// Call that the model asks for and that has not been made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingCall {
    /// Identifier of the call within the transcript: that of the provider where there is one.
    pub id: String,
    /// Tool.
    pub tool: ToolId,
    /// Arguments, a JSON object: exactly those that the server will receive.
    pub arguments: Box<RawValue>,
    /// Annotations of the tool, as its server states them.
    #[serde(default)]
    pub annotations: Option<ToolAnnotations>,
    /// `true` if the annotations are to be believed. See [`ServerTools::trust_annotations`]. It is not
    /// serialised: a call that was read from a file is not trusted.
    ///
    /// [`ServerTools::trust_annotations`]: super::ServerTools::trust_annotations
    #[serde(skip)]
    pub is_trusted: bool,
    /// `true` if the call was begun before, and its run ended before its result arrived. It may have
    /// had effects.
    #[serde(default)]
    pub was_interrupted: bool,
}

/// Decision about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Makes the call.
    Allow,
    /// Does not make the call. The model gets an error with this reason, and the run goes on.
    Deny(String),
    /// Ends the run before the call, with [`End::NeedsApproval`](super::End::NeedsApproval).
    Stop,
}

/// Decides about calls.
#[derive(Clone, Default)]
pub(super) enum Approver {
    /// Allows the tools that are known to change nothing.
    #[default]
    ReadOnly,
    /// Allows all.
    All,
    /// Asks a hook of the user.
    Hook(Arc<dyn Fn(PendingCall) -> BoxFuture<'static, Approval> + Send + Sync>),
}

impl PendingCall {
    /// `true` if the tool is known to change nothing: it has the annotation `readOnlyHint`, and its
    /// annotations are trusted.
    pub fn is_read_only(&self) -> bool {
        let hint = self.annotations.as_ref().and_then(|annotations| annotations.read_only_hint);
        self.is_trusted && hint == Some(true)
    }

    /// `true` if it is the same tool with the same arguments.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.tool == other.tool && self.arguments.get() == other.arguments.get()
    }
}

impl Approver {
    pub(super) fn hook<F>(hook: impl Fn(PendingCall) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Approval> + Send + 'static,
    {
        Self::Hook(Arc::new(move |call| Box::pin(hook(call))))
    }

    pub(super) async fn decide(&self, call: &PendingCall) -> Approval {
        match self {
            Self::All => Approval::Allow,
            Self::ReadOnly if call.is_read_only() => Approval::Allow,
            Self::ReadOnly => Approval::Stop,
            Self::Hook(hook) => hook(call.clone()).await,
        }
    }
}

impl fmt::Debug for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "ReadOnly",
            Self::All => "All",
            Self::Hook(_) => "Hook",
        })
    }
}

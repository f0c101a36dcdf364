//! Records of the audit log.

use std::time::SystemTime;

use mcp_core::jsonrpc::RequestId;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::redaction::redacted;
use crate::component::observer::{Observed, Outcome};
use crate::context::time::rfc_3339;
use crate::shorten::shorten_to;

/// Maximum length of a text of a peer, in characters.
const MAX_TEXT: usize = 256;

/// A record of the audit log: a decision, or the end of a call.
///
/// As JSON it has the names of these fields, without those that are absent. Texts of clients are cut after
/// 256 characters.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AuditRecord {
    /// The time at which the request arrived, in UTC; as JSON in the form of RFC 3339.
    #[serde(serialize_with = "time")]
    pub time: SystemTime,
    /// `decision` for the decision of a policy or of the user it has asked, `call` for the end of a request,
    /// `task` for the end of a task.
    pub event: &'static str,
    /// The method, such as `tools/call`.
    pub method: Box<str>,
    /// Kind of the component: `tool`, `resource` or `prompt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// The name or URI that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Box<str>>,
    /// The id of the request.
    pub request_id: RequestId,
    /// The subject of the caller, if it is authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Box<str>>,
    /// The issuer of the caller's identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Box<str>>,
    /// The OAuth client through which the caller acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Box<str>>,
    /// Digest of the id of the HTTP session: the id itself gives access to the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Box<str>>,
    /// Name and version that the client program declares. They are not authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Box<str>>,
    /// Revision of the protocol.
    pub revision: &'static str,
    /// `http` or `pipe`.
    pub transport: &'static str,
    /// Id of the trace that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<Box<str>>,
    /// The arguments of a tool or prompt, without secret ones. Only known tools and prompts have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// The decision of a policy, if the server has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyDecision>,
    /// The end of a call: `ok`, `tool_error`, `error`, `denied`, `timed_out`, `cancelled`, `input_required`, `task` or
    /// `interrupted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Code of the JSON-RPC error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// Duration of the call, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// Number of records that were lost before this one.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: u64,
}

/// The decision of a policy in an [`AuditRecord`].
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PolicyDecision {
    /// `allow`, `deny` or `ask`.
    pub decision: &'static str,
    /// Name of the rule that has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Box<str>>,
    /// Reason of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// `agreed` or `did not agree`, once the user was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'static str>,
}

impl AuditRecord {
    pub(super) fn of(
        request: &Observed,
        event: &'static str,
        policy: Option<&PolicyDecision>,
        outcome: Option<&Outcome>,
        replaced_arguments: Option<&str>,
    ) -> Self {
        let exchange = request.context.exchange();
        let identity = request.context.principal().identity();
        let text = |text: &str| Box::from(shorten_to(text, MAX_TEXT));
        let component = request.component.as_ref();
        let arguments = replaced_arguments.or_else(|| request.sent_arguments());
        let arguments = component.zip(arguments);
        let client = exchange.client_info();
        let client = client.map(|client| text(&format!("{} {}", client.name, client.version)));
        Self {
            time: request.time,
            event,
            method: text(request.method()),
            kind: component.map(|component| component.kind.as_str()),
            component: request.requested.as_deref().map(text),
            request_id: exchange.id.clone(),
            subject: identity.subject.map(text),
            issuer: identity.issuer.map(text),
            client_id: identity.client_id.map(text),
            session: exchange.origin.session_digest().map(Into::into),
            client,
            revision: exchange.revision.as_str(),
            transport: if exchange.origin.is_remote() { "http" } else { "pipe" },
            trace_id: request.context.trace_context().trace_id().map(Into::into),
            arguments: arguments
                .map(|(component, arguments)| redacted(arguments, component.schema.as_ref())),
            policy: policy.cloned(),
            outcome: outcome.map(Outcome::as_str),
            error_code: outcome.and_then(Outcome::code).map(|code| code.0),
            duration_ms: outcome.map(|_| milliseconds(request)),
            lost: 0,
        }
    }

    /// The record as one line of JSON.
    pub fn to_json(&self) -> String {
        // All keys are strings, so that this does not fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn milliseconds(request: &Observed) -> f64 {
    (request.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc_3339(*time))
}

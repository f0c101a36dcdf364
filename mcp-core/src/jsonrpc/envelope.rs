//! Members of a message, and what can be told of one that is refused.

use super::message::{Id, Refusal};
use super::raw::Raw;
use super::{ProtocolError, RequestId};

/// Members of a message, before they are checked.
#[derive(Default)]
pub(super) struct Envelope<'a> {
    pub(super) version: Option<Raw<'a>>,
    pub(super) id: Option<Raw<'a>>,
    pub(super) method: Option<Raw<'a>>,
    pub(super) params: Option<Raw<'a>>,
    pub(super) result: Option<Raw<'a>>,
    pub(super) error: Option<Raw<'a>>,
    /// First member that is given twice.
    pub(super) repeated: Option<&'static str>,
}

impl<'a> Envelope<'a> {
    /// Reads the members of an object that is not valid JSON or exceeds a limit, as far as they can
    /// be told apart. The grammar of their values is not checked.
    pub(super) fn recover(text: &'a str) -> Self {
        let mut envelope = Self::default();
        for (name, value) in Raw::from_accepted(text.trim_ascii()).members() {
            envelope.put(&name, value);
        }
        envelope
    }

    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<Raw<'a>>)> {
        Some(match name {
            "jsonrpc" => ("jsonrpc", &mut self.version),
            "id" => ("id", &mut self.id),
            "method" => ("method", &mut self.method),
            "params" => ("params", &mut self.params),
            "result" => ("result", &mut self.result),
            "error" => ("error", &mut self.error),
            _ => return None,
        })
    }

    pub(super) fn put(&mut self, name: &str, value: Raw<'a>) {
        let Some((name, slot)) = self.slot(name) else { return };
        if slot.replace(value).is_some() {
            self.repeated.get_or_insert(name);
        }
    }

    /// Id for the response; `None` for a repeated id, which is ambiguous.
    pub(super) fn id(&self) -> Option<Id<'a>> {
        if self.repeated == Some("id") { None } else { self.id.and_then(Id::accept) }
    }

    /// `true` for a request or a notification.
    pub(super) fn is_call(&self) -> bool {
        self.method.is_some_and(|method| !method.is_null())
    }

    /// `true` if there is a result or an error.
    pub(super) fn has_outcome(&self) -> bool {
        self.result.is_some() || self.error.is_some()
    }

    /// Refuses a message whose members were read.
    pub(super) fn refuse(&self, error: ProtocolError) -> Refusal<'a> {
        let is_response = !self.is_call() && self.has_outcome();
        let answers = if self.is_call() { None } else { self.answered() };
        Refusal { id: self.id(), error, expects_answer: !is_response, answers }
    }

    /// Refuses a message whose members were recovered. Members may be missing from it, so only an
    /// outcome makes it a response.
    pub(super) fn refuse_unread(&self, error: ProtocolError) -> Refusal<'a> {
        let refusal = self.refuse(error);
        let answers = refusal.answers.filter(|_| !refusal.expects_answer);
        Refusal { answers, ..refusal }
    }

    /// Id of the request that a response answers, even if it is written as no id may be.
    fn answered(&self) -> Option<RequestId> {
        // Integers up to here are exact in a 64-bit float.
        const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
        if let Some(id) = self.id() {
            return Some(id.to_owned());
        }
        let id = self.id.filter(|_| self.repeated != Some("id"))?.as_str();
        let number: f64 = id.parse().ok()?;
        let is_integer = number.fract() == 0.0 && number.abs() < MAX_EXACT;
        // Exact, because it is an integer within the bounds.
        is_integer.then_some(RequestId::Integer(number as i64))
    }
}

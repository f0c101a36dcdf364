//! Members of a message, and what can be told of one that is refused.

use super::message::{Id, Refusal};
use super::raw::Raw;
use super::{ProtocolError, RequestId};

/// A member of a message that the protocol defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Version,
    Id,
    Method,
    Params,
    Result,
    Error,
}

impl Member {
    /// Finds the member with a name.
    #[inline]
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"jsonrpc" => Self::Version,
            b"id" => Self::Id,
            b"method" => Self::Method,
            b"params" => Self::Params,
            b"result" => Self::Result,
            b"error" => Self::Error,
            _ => return None,
        })
    }

    /// Name of the member.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Version => "jsonrpc",
            Self::Id => "id",
            Self::Method => "method",
            Self::Params => "params",
            Self::Result => "result",
            Self::Error => "error",
        }
    }
}

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
    pub(super) repeated: Option<Member>,
}

impl<'a> Envelope<'a> {
    /// Reads the members of an object that is not valid JSON or exceeds a limit, as far as they can
    /// be told apart. The grammar of their values is not checked.
    pub(super) fn recover(text: &'a str) -> Self {
        let mut envelope = Self::default();
        for (name, value) in Raw::from_accepted(text.trim_ascii()).members() {
            if let Some(member) = Member::parse(name.as_bytes()) {
                envelope.put(member, value);
            }
        }
        envelope
    }

    #[inline]
    pub(super) fn put(&mut self, member: Member, value: Raw<'a>) {
        let slot = match member {
            Member::Version => &mut self.version,
            Member::Id => &mut self.id,
            Member::Method => &mut self.method,
            Member::Params => &mut self.params,
            Member::Result => &mut self.result,
            Member::Error => &mut self.error,
        };
        if slot.replace(value).is_some() {
            self.repeated.get_or_insert(member);
        }
    }

    /// Id for the response; `None` for a repeated id, which is ambiguous.
    #[inline]
    pub(super) fn id(&self) -> Option<Id<'a>> {
        if self.repeated == Some(Member::Id) { None } else { self.id.and_then(Id::accept) }
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
        let id = self.id.filter(|_| self.repeated != Some(Member::Id))?.as_str();
        let number: f64 = id.parse().ok()?;
        let is_integer = number.fract() == 0.0 && number.abs() < MAX_EXACT;
        // Exact, because it is an integer within the bounds.
        is_integer.then_some(RequestId::Integer(number as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::Member;

    #[test]
    fn members_are_found_by_their_names() {
        use Member::{Error, Id, Method, Params, Result, Version};
        for member in [Version, Id, Method, Params, Result, Error] {
            assert_eq!(Member::parse(member.name().as_bytes()), Some(member));
        }
        assert_eq!(Member::parse(b"Method"), None);
    }
}

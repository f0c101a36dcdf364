//! The requests that a limit counts: all of them, those of one tool, those of each principal.

use super::CountedRequest;
use crate::context::principal::Principal;

/// Requests that a limit counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// The tool whose calls are counted; every request without one.
    pub(crate) tool: Option<String>,
    /// `true` if each principal is counted by itself.
    pub(crate) is_per_principal: bool,
}

impl Subject {
    /// Key under which a request counts; `None` if it does not.
    pub(super) fn key(&self, request: CountedRequest<'_>) -> Option<PrincipalKey> {
        let counts = self.tool.as_deref().is_none_or(|own| request.tool == Some(own));
        let principal = request.principal.filter(|_| self.is_per_principal);
        counts.then(|| PrincipalKey::of(principal))
    }

    /// Order of limits: the narrower one first.
    pub(super) fn rank(&self) -> (bool, bool) {
        (!self.is_per_principal, self.tool.is_none())
    }

    /// A limit in words.
    pub(super) fn describe(&self, limit: &str) -> String {
        let of_tool = self.tool.as_ref().map(|tool| format!(" of `{tool}`")).unwrap_or_default();
        let each = if self.is_per_principal { " for each caller" } else { "" };
        format!("the limit{of_tool} is {limit}{each}")
    }
}

/// A principal as limits know it, without the client through which it acts. All anonymous ones are one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PrincipalKey {
    subject: Option<Box<str>>,
    issuer: Option<Box<str>>,
}

impl PrincipalKey {
    pub(super) fn of(principal: Option<&Principal>) -> Self {
        let Some(principal) = principal else { return Self::default() };
        Self {
            subject: principal.subject().map(Into::into),
            issuer: principal.issuer().map(Into::into),
        }
    }
}

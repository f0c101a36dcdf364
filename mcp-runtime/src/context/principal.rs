//! The authenticated sender of a request.

/// The sender of a request, as established by authentication in front of the server.
///
/// A layer around [`Server::into_service`](crate::Server::into_service) that authenticates puts a
/// `Principal` into the extensions of the HTTP request; sessions then belong to their principal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Principal {
    subject: Option<String>,
    scopes: Vec<String>,
}

impl Principal {
    pub(crate) const ANONYMOUS: Self = Self { subject: None, scopes: Vec::new() };

    /// The sender of a request that carries no identity.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// An authenticated sender. The subject has to be unique among all who can reach the server.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), scopes: Vec::new() }
    }

    /// Adds scopes that were granted to the sender.
    #[must_use]
    pub fn scoped(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// The identity, absent for an anonymous sender.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Scopes that were granted to the sender.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

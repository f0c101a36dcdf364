//! What a handler may know and say about the request it serves.

/// The request that a handler serves: a cheap handle that can be cloned and kept.
#[derive(Clone, Debug)]
pub struct Context {}

/// Who sent a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Principal {
    subject: Option<String>,
}

impl Principal {
    /// The sender of a request that carries no identity.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The identity, absent for an anonymous sender.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
}

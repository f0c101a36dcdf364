//! Access policies: decisions which caller may use which component, with which arguments.

#[cfg(feature = "policy")]
pub(crate) mod file;
pub(crate) mod request;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "policy")]
use self::file::rules::Rules;
pub use self::request::AccessRequest;

/// The decision of a policy on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The request is served.
    Allow,
    /// The request is refused, with a reason that the model or the client reads.
    Deny(String),
    /// The user is asked, and the request is served if the user accepts. The question is shown to the user.
    ///
    /// A client that cannot ask its user gets a refusal.
    Ask(String),
}

/// A decision, and what has decided.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    /// Name of the rule, if the policy has names for its rules.
    pub(crate) rule: Option<Arc<str>>,
}

type DecisionFuture = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// An access policy: it decides on each request for a tool, a resource or a prompt. See
/// [`Server::policy`](crate::Server::policy).
#[derive(Clone)]
pub struct Policy(Kind);

#[derive(Clone)]
enum Kind {
    Function(Arc<dyn Fn(AccessRequest) -> DecisionFuture + Send + Sync>),
    #[cfg(feature = "policy")]
    File(Arc<Rules>),
}

impl Policy {
    /// Creates a policy from a function.
    ///
    /// ```
    /// use mcp_runtime::policy::{AccessRequest, Decision, Policy};
    ///
    /// let policy = Policy::new(async |request: AccessRequest| {
    ///     match request.principal().has_scope("admin") {
    ///         true => Decision::Allow,
    ///         false => Decision::Deny("only administrators may use this server".into()),
    ///     }
    /// });
    /// # drop(policy);
    /// ```
    pub fn new<F, Fut>(decide: F) -> Self
    where
        F: Fn(AccessRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Decision> + Send + 'static,
    {
        Self(Kind::Function(Arc::new(move |request| Box::pin(decide(request)))))
    }

    /// Decides on a request.
    pub(crate) async fn decide(&self, request: AccessRequest) -> Verdict {
        match &self.0 {
            Kind::Function(decide) => Verdict { decision: decide(request).await, rule: None },
            #[cfg(feature = "policy")]
            Kind::File(rules) => rules.decide(&request),
        }
    }

    /// Rules that were loaded from a file, which have to fit the components of a server.
    #[cfg(feature = "policy")]
    pub(crate) fn rules(&self) -> Option<&Rules> {
        match &self.0 {
            Kind::Function(_) => None,
            Kind::File(rules) => Some(rules),
        }
    }
}

impl<F, Fut> From<F> for Policy
where
    F: Fn(AccessRequest) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Decision> + Send + 'static,
{
    fn from(decide: F) -> Self {
        Self::new(decide)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").finish_non_exhaustive()
    }
}

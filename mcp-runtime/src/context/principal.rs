//! The authenticated sender of a request.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The sender of a request, as established by authentication.
///
/// `Server::require_auth` (feature `auth-server`) creates it from an access token. A layer around
/// [`Server::into_service`](crate::Server::into_service) that authenticates in another way puts a
/// `Principal` into the extensions of the HTTP request. What a client keeps on the server belongs to its
/// [`identity`](Self::identity): sessions, the state of calls that ask, subscriptions.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Principal {
    subject: Option<String>,
    scopes: Vec<String>,
    token: Option<Box<Token>>,
}

/// What an access token contains besides its subject and its scopes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Token {
    issuer: Option<String>,
    client_id: Option<String>,
    claims: Map<String, Value>,
    expires_at: Option<SystemTime>,
}

impl Hash for Token {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal tokens have equal issuers, clients and times.
        (&self.issuer, &self.client_id, self.expires_at).hash(state);
    }
}

impl Principal {
    pub(crate) const ANONYMOUS: Self = Self { subject: None, scopes: Vec::new(), token: None };

    /// The sender of a request that carries no identity.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// An authenticated sender. The subject has to be unique among all who can reach the server, or among
    /// those of its [issuer](Self::issued_by).
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..Self::default() }
    }

    /// Adds scopes that were granted to the sender.
    #[must_use]
    pub fn scoped(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Sets the issuer: the authorization server that has authenticated the sender.
    #[must_use]
    pub fn issued_by(mut self, issuer: impl Into<String>) -> Self {
        self.token_mut().issuer = Some(issuer.into());
        self
    }

    /// Sets the id of the OAuth client through which the sender acts.
    #[must_use]
    pub fn of_client(mut self, client_id: impl Into<String>) -> Self {
        self.token_mut().client_id = Some(client_id.into());
        self
    }

    /// Sets the claims of the access token.
    #[must_use]
    pub fn with_claims(mut self, claims: Map<String, Value>) -> Self {
        self.token_mut().claims = claims;
        self
    }

    /// Sets the time at which the access token expires.
    #[must_use]
    pub fn expiring_at(mut self, time: SystemTime) -> Self {
        self.token_mut().expires_at = Some(time);
        self
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token.get_or_insert_default()
    }

    /// The identity, absent for an anonymous sender.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Scopes that were granted to the sender.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// `true` if a scope was granted to the sender.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }

    /// The authorization server that has authenticated the sender, if it is known.
    pub fn issuer(&self) -> Option<&str> {
        self.token.as_ref()?.issuer.as_deref()
    }

    /// Id of the OAuth client through which the sender acts, if it is known.
    pub fn client_id(&self) -> Option<&str> {
        self.token.as_ref()?.client_id.as_deref()
    }

    /// A claim of the access token, if there is one of this name and type.
    ///
    /// ```
    /// use mcp_runtime::Principal;
    ///
    /// fn tenant(caller: &Principal) -> Option<String> {
    ///     caller.claim("tenant")
    /// }
    ///
    /// assert_eq!(tenant(&Principal::new("ann")), None);
    /// ```
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.token.as_ref()?.claims.get(name)?).ok()
    }

    /// The claims of the access token as a type that is deserialized from their JSON object.
    ///
    /// ```
    /// use mcp_runtime::Principal;
    /// use mcp_runtime::serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// # #[serde(crate = "mcp_runtime::serde")]
    /// struct Claims {
    ///     email: Option<String>,
    /// }
    ///
    /// let caller = Principal::new("ann");
    /// let claims = caller.claims::<Claims>();
    /// assert!(claims.is_ok_and(|claims| claims.email.is_none()));
    /// ```
    ///
    /// # Errors
    /// The error of deserializing, if the claims do not fit the type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match &self.token {
            Some(token) => T::deserialize(&token.claims),
            None => T::deserialize(&Map::new()),
        }
    }

    /// Time at which the access token expires, if it does.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.token.as_ref()?.expires_at
    }

    /// What sessions and everything else that a client keeps on the server are bound to: subject, issuer
    /// and client, without the scopes, which a client may gain.
    pub fn identity(&self) -> Identity<'_> {
        Identity { subject: self.subject(), issuer: self.issuer(), client_id: self.client_id() }
    }
}

/// Shows the names of claims only, because their values may be personal data.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Principal");
        shown.field("subject", &self.subject).field("scopes", &self.scopes);
        if let Some(token) = &self.token {
            let claims: Vec<_> = token.claims.keys().collect();
            shown.field("issuer", &token.issuer).field("client_id", &token.client_id);
            shown.field("claims", &claims).field("expires_at", &token.expires_at);
        }
        shown.finish()
    }
}

/// A [`Principal`] in a store.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredPrincipal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Box<Token>>,
}

impl From<&Principal> for StoredPrincipal {
    fn from(Principal { subject, scopes, token }: &Principal) -> Self {
        Self { subject: subject.clone(), scopes: scopes.clone(), token: token.clone() }
    }
}

impl From<StoredPrincipal> for Principal {
    fn from(StoredPrincipal { subject, scopes, token }: StoredPrincipal) -> Self {
        Self { subject, scopes, token }
    }
}

/// Owner of what a client keeps on the server. See [`Principal::identity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Identity<'a> {
    /// The subject; absent for an anonymous sender.
    pub subject: Option<&'a str>,
    /// The authorization server that has authenticated the subject.
    pub issuer: Option<&'a str>,
    /// Id of the OAuth client.
    pub client_id: Option<&'a str>,
}

/// An [`Identity`] that is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner([Option<Box<str>>; 3]);

impl Owner {
    pub(crate) fn of(principal: Option<&Principal>) -> Self {
        let Identity { subject, issuer, client_id } =
            principal.map(Principal::identity).unwrap_or_default();
        Self([subject, issuer, client_id].map(|part| part.map(Into::into)))
    }

    #[cfg(feature = "http")]
    pub(crate) fn identity(&self) -> Identity<'_> {
        let [subject, issuer, client_id] = self.0.each_ref().map(Option::as_deref);
        Identity { subject, issuer, client_id }
    }
}

//! Claims of access tokens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::context::principal::Principal;

/// Traits of a provider of tokens that differ from the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Standard,
    /// Permissions of a user are in `permissions`.
    Auth0,
    /// Permissions of an application are in `roles`.
    Entra,
    /// Kinds of tokens are told apart by `typ`.
    Keycloak,
    /// Kinds of tokens are told apart by `token_use`.
    Cognito,
}

/// Claims that a token has to have.
pub(super) struct Expected<'a> {
    pub(super) issuers: &'a [String],
    /// Accepted values of `aud`.
    pub(super) audiences: &'a [&'a str],
    /// Accepted clients of tokens without `aud`.
    pub(super) client_ids: &'a [String],
    pub(super) skew: Duration,
    pub(super) provider: Provider,
    /// `true` if `exp` and `iss` are required, as in a JWT.
    pub(super) is_jwt: bool,
}

impl Expected<'_> {
    /// Checks claims, and reads the principal from them.
    ///
    /// # Errors
    /// The reason why the token is not valid.
    pub(super) fn principal(
        &self,
        claims: Map<String, Value>,
        now: i64,
    ) -> Result<Principal, &'static str> {
        let expires = self.check_time(&claims, now)?;
        let issuer = match claims.get("iss") {
            Some(Value::String(issuer)) if self.issuers.contains(issuer) => issuer.clone(),
            None if !self.is_jwt => self.issuers.first().cloned().unwrap_or_default(),
            Some(_) => return Err("it has another issuer"),
            None => return Err("it has no issuer"),
        };
        self.check_kind(&claims)?;
        let client = client(&claims)?.map(str::to_owned);
        self.check_audience(&claims, client.as_deref())?;
        let subject = match claims.get("sub") {
            Some(Value::String(subject)) if !subject.is_empty() => subject.clone(),
            // Tokens of clients that act for themselves may have none.
            None => client.clone().ok_or("it has no subject")?,
            Some(_) => return Err("its subject is malformed"),
        };
        let mut principal = Principal::new(subject).issued_by(issuer).scoped(self.scopes(&claims)?);
        if let Some(client) = client {
            principal = principal.of_client(client);
        }
        if let Some(expires) = expires {
            principal = principal.expiring_at(expires);
        }
        Ok(principal.with_claims(claims))
    }

    /// Checks `exp`, `nbf` and `iat`. Returns the time at which the token expires.
    fn check_time(
        &self,
        claims: &Map<String, Value>,
        now: i64,
    ) -> Result<Option<SystemTime>, &'static str> {
        let skew = i64::try_from(self.skew.as_secs()).unwrap_or(i64::MAX);
        let expires = time(claims, "exp").map_err(|()| "its time of expiry is no number")?;
        if expires.is_none() && self.is_jwt {
            return Err("it has no time of expiry");
        }
        if expires.is_some_and(|expires| now.saturating_sub(skew) >= expires) {
            return Err("it has expired");
        }
        let begins = time(claims, "nbf").map_err(|()| "its first time is no number")?;
        if begins.is_some_and(|begins| now.saturating_add(skew) < begins) {
            return Err("it is not valid yet");
        }
        time(claims, "iat").map_err(|()| "its time of issue is no number")?;
        let since = expires.and_then(|expires| u64::try_from(expires).ok());
        Ok(since.and_then(|since| UNIX_EPOCH.checked_add(Duration::from_secs(since))))
    }

    /// Refuses tokens of another kind than access tokens.
    fn check_kind(&self, claims: &Map<String, Value>) -> Result<(), &'static str> {
        let is = |name: &str, accepted: &[&str]| {
            claims.get(name).and_then(Value::as_str).is_some_and(|kind| accepted.contains(&kind))
        };
        let is_access_token = match self.provider {
            Provider::Cognito => is("token_use", &["access"]),
            Provider::Keycloak => !claims.contains_key("typ") || is("typ", &["Bearer", "DPoP"]),
            Provider::Standard | Provider::Auth0 | Provider::Entra => true,
        };
        if is_access_token { Ok(()) } else { Err("it is no access token") }
    }

    fn check_audience(
        &self,
        claims: &Map<String, Value>,
        client: Option<&str>,
    ) -> Result<(), &'static str> {
        let is_ours = |audience: &str| {
            self.audiences.iter().any(|accepted| same_resource(accepted, audience))
        };
        let accepted = match claims.get("aud") {
            Some(Value::String(audience)) => is_ours(audience),
            Some(Value::Array(all)) => {
                // An array with anything else in it is malformed.
                all.iter().all(Value::is_string)
                    && all.iter().filter_map(Value::as_str).any(is_ours)
            }
            None if !self.client_ids.is_empty() => {
                let client = client.ok_or("it has neither an audience nor a client")?;
                return match self.client_ids.iter().any(|accepted| accepted == client) {
                    true => Ok(()),
                    false => Err("it was issued for another client"),
                };
            }
            None => return Err("it has no audience"),
            Some(_) => false,
        };
        if accepted { Ok(()) } else { Err("it was issued for another audience") }
    }

    fn scopes(&self, claims: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
        let mut scopes = Vec::new();
        for name in ["scope", "scp"] {
            add_scopes(&mut scopes, claims.get(name))?;
        }
        match self.provider {
            Provider::Auth0 => add_scopes(&mut scopes, claims.get("permissions"))?,
            // Roles of a user are not what the client may do for the user.
            Provider::Entra if scopes.is_empty() => add_scopes(&mut scopes, claims.get("roles"))?,
            _ => {}
        }
        Ok(scopes)
    }
}

/// Compares identifiers of resources. A slash alone is no path.
fn same_resource(one: &str, other: &str) -> bool {
    let is_origin = |text: &str| {
        text.split_once("://").is_some_and(|(_, rest)| !rest.contains('/') && !rest.is_empty())
    };
    one == other
        || one.strip_suffix('/').is_some_and(|bare| bare == other && is_origin(bare))
        || other.strip_suffix('/').is_some_and(|bare| bare == one && is_origin(bare))
}

/// Reads a time in seconds.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, ()> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            let seconds = number.as_i64().or_else(|| number.as_f64().map(|it| it.floor() as i64));
            seconds.map(Some).ok_or(())
        }
        Some(_) => Err(()),
    }
}

/// The client that a token was issued to.
fn client(claims: &Map<String, Value>) -> Result<Option<&str>, &'static str> {
    // The standard name, and those of OpenID Connect, Entra and Okta.
    let found = ["client_id", "azp", "appid", "cid"].iter().find_map(|name| claims.get(*name));
    match found {
        None => Ok(None),
        Some(Value::String(client)) if !client.is_empty() => Ok(Some(client)),
        Some(_) => Err("its client is malformed"),
    }
}

/// Adds scopes that are separated by spaces, or an array of them.
fn add_scopes(scopes: &mut Vec<String>, claim: Option<&Value>) -> Result<(), &'static str> {
    const MALFORMED: &str = "its scopes are malformed";
    let mut add = |scope: &str| {
        if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    };
    match claim {
        None | Some(Value::Null) => {}
        Some(Value::String(all)) => all.split(' ').for_each(add),
        Some(Value::Array(all)) => {
            for scope in all {
                add(scope.as_str().ok_or(MALFORMED)?);
            }
        }
        Some(_) => return Err(MALFORMED),
    }
    Ok(())
}

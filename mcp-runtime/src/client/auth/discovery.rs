//! From a challenge to the authorization server.
//!
//! Specification: [Authorization server discovery](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery).

use reqwest::Url;

use super::error::{AuthError, AuthErrorKind};
use super::exchange::Http;
use crate::auth::challenge::Challenge;
use crate::auth::metadata::{AuthorizationServer, ProtectedResource, canonical_resource, covers};
use crate::auth::safe_client::{FetchError, Reach};
use crate::auth::well_known::{authorization_server_urls, protected_resource_urls};
use crate::shorten::shorten;

/// Algorithm of our proofs.
const DPOP_ALGORITHM: &str = "ES256";

/// A server as a resource, and its authorization server.
#[derive(Clone, Debug)]
pub(crate) struct Discovered {
    /// Identifier of the resource, as the server writes it.
    pub(crate) resource: String,
    /// Metadata of the authorization server, whose issuer is validated.
    pub(crate) server: AuthorizationServer,
    /// Scopes that the resource names.
    pub(crate) scopes_supported: Option<Vec<String>>,
    pub(crate) dpop: DpopSupport,
}

/// The use of DPoP by a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DpopSupport {
    None,
    /// The authorization server can bind tokens.
    Possible,
    /// The resource accepts bound tokens, and the authorization server can bind them.
    Supported,
    Required,
}

impl Discovered {
    pub(crate) fn issuer(&self) -> &str {
        &self.server.issuer
    }
}

/// Finds the authorization server of a server. Of several, it is the expected one, or the first.
///
/// # Errors
/// [`AuthErrorKind::IssuerMismatch`] if the expected one is not among them.
pub(crate) async fn discover(
    http: &Http,
    server: &Url,
    challenges: &[Challenge],
    expected: Option<&str>,
) -> Result<Discovered, AuthError> {
    let Some(resource) = protected_resource(http, server, challenges).await? else {
        return without_resource_metadata(http, server, expected).await;
    };
    let issuers = &resource.authorization_servers;
    let found = match expected {
        Some(expected) => issuers.iter().find(|issuer| *issuer == expected),
        None => issuers.first(),
    };
    let issuer = found.ok_or_else(|| match expected {
        Some(expected) => foreign_issuer(expected, issuers),
        None => discovery(format!(
            "the metadata of the server names no authorization server{}",
            resource.faults.remark("authorization_servers")
        )),
    })?;
    let metadata = authorization_server(http, issuer).await?;
    let metadata = metadata.ok_or_else(|| {
        discovery(format!("the authorization server `{}` publishes no metadata", shorten(issuer)))
    })?;
    Ok(Discovered {
        dpop: dpop_support(&resource, &metadata, challenges),
        resource: resource.resource,
        server: metadata,
        scopes_supported: resource.scopes_supported,
    })
}

fn foreign_issuer(expected: &str, found: &[String]) -> AuthError {
    let found: Vec<String> =
        found.iter().take(4).map(|issuer| format!("`{}`", shorten(issuer))).collect();
    AuthError::new(
        AuthErrorKind::IssuerMismatch,
        format!(
            "expected the authorization server `{}`, got {}; its credentials are sent to no other",
            shorten(expected),
            if found.is_empty() { "none".to_owned() } else { found.join(", ") }
        ),
    )
}

fn dpop_support(
    resource: &ProtectedResource,
    server: &AuthorizationServer,
    challenges: &[Challenge],
) -> DpopSupport {
    let has = |list: &[String]| list.iter().any(|name| name == DPOP_ALGORITHM);
    if resource.dpop_bound_access_tokens_required {
        DpopSupport::Required
    } else if !has(&server.dpop_signing_alg_values_supported) {
        DpopSupport::None
    } else if has(&resource.dpop_signing_alg_values_supported)
        || challenges.iter().any(|challenge| challenge.is("DPoP"))
    {
        DpopSupport::Supported
    } else {
        DpopSupport::Possible
    }
}

/// Fetches the metadata of the resource: from the URL of the challenge, or else from the well-known
/// URLs. Returns `None` if there is none, as in 2025-03-26.
pub(crate) async fn protected_resource(
    http: &Http,
    server: &Url,
    challenges: &[Challenge],
) -> Result<Option<ProtectedResource>, AuthError> {
    let named = challenges.iter().find_map(|challenge| challenge.parameter("resource_metadata"));
    let named = named.map(|named| {
        Url::parse(named).map_err(|_| {
            discovery(format!(
                "expected a URL as `resource_metadata` of the challenge, got `{}`",
                shorten(named)
            ))
        })
    });
    let candidates: Vec<Url> =
        named.transpose()?.into_iter().chain(protected_resource_urls(server)).collect();
    for url in candidates {
        let Some(text) = fetch(http, &url).await? else { continue };
        let resource = ProtectedResource::parse(&text).map_err(|fault| {
            discovery(format!("the metadata at {} is not valid: {fault}", shorten(url.as_str())))
        })?;
        let applies =
            Url::parse(&resource.resource).is_ok_and(|resource| covers(&resource, server));
        if !applies {
            return Err(AuthError::new(
                AuthErrorKind::ResourceMismatch,
                format!(
                    "expected metadata of {}, got metadata of `{}`",
                    shorten(&canonical_resource(server)),
                    shorten(&resource.resource)
                ),
            ));
        }
        return Ok(Some(resource));
    }
    Ok(None)
}

/// Finds the authorization server of a server of 2025-03-26, which is at the origin of the server.
async fn without_resource_metadata(
    http: &Http,
    server: &Url,
    expected: Option<&str>,
) -> Result<Discovered, AuthError> {
    let origin = server.origin().ascii_serialization();
    if let Some(expected) = expected {
        // The administrator named the authorization server, so no one else has to.
        let metadata = authorization_server(http, expected).await?;
        let metadata = metadata.ok_or_else(|| {
            discovery(format!(
                "the authorization server `{}` publishes no metadata",
                shorten(expected)
            ))
        })?;
        return Ok(legacy(server, metadata));
    }
    let metadata = authorization_server(http, &origin).await?;
    Ok(legacy(server, metadata.unwrap_or_else(|| AuthorizationServer::without_metadata(&origin))))
}

fn legacy(server: &Url, metadata: AuthorizationServer) -> Discovered {
    Discovered {
        resource: canonical_resource(server),
        server: metadata,
        scopes_supported: None,
        dpop: DpopSupport::None,
    }
}

/// Fetches the metadata of an authorization server. Returns `None` if it publishes none.
///
/// # Errors
/// [`AuthErrorKind::IssuerMismatch`] for metadata of another issuer.
pub(crate) async fn authorization_server(
    http: &Http,
    issuer: &str,
) -> Result<Option<AuthorizationServer>, AuthError> {
    let url =
        Url::parse(issuer).ok().filter(|url| url.query().is_none() && url.fragment().is_none());
    let url = url.ok_or_else(|| {
        discovery(format!("expected a URL as the issuer, got `{}`", shorten(issuer)))
    })?;
    let mut fault = None;
    for candidate in authorization_server_urls(&url) {
        let Some(text) = fetch(http, &candidate).await? else { continue };
        match AuthorizationServer::parse(&text) {
            Ok(metadata) if metadata.issuer == issuer => return Ok(Some(metadata)),
            Ok(metadata) => {
                return Err(AuthError::new(
                    AuthErrorKind::IssuerMismatch,
                    format!(
                        "expected metadata of the issuer `{}`, got metadata of `{}`",
                        shorten(issuer),
                        shorten(&metadata.issuer)
                    ),
                ));
            }
            // Some servers answer every path with a page.
            Err(reason) => {
                let at = shorten(candidate.as_str());
                fault.get_or_insert(discovery(format!(
                    "the metadata at {at} is not valid: {reason}"
                )));
            }
        }
    }
    fault.map_or(Ok(None), Err)
}

async fn fetch(http: &Http, url: &Url) -> Result<Option<Vec<u8>>, AuthError> {
    http.document(url).await.map_err(|error: FetchError| {
        let action = format!("fetching {}", shorten(url.as_str()));
        AuthError::of_fetch(AuthErrorKind::Discovery, &action, &error)
    })
}

fn discovery(message: impl Into<String>) -> AuthError {
    AuthError::new(AuthErrorKind::Discovery, message)
}

/// Asks a server for the issuers of its authorization servers, for the configuration of a login without a
/// user. Credentials should go only to issuers that the administrator knows, so a person should look at
/// them.
///
/// # Errors
/// [`AuthErrorKind::Discovery`] if the server publishes no metadata.
///
/// ```no_run
/// # async fn run() -> Result<(), mcp_runtime::client::auth::AuthError> {
/// use mcp_runtime::client::auth::authorization_servers;
///
/// for issuer in authorization_servers("https://example.com/mcp").await? {
///     println!("{issuer}");
/// }
/// # Ok(())
/// # }
/// ```
pub async fn authorization_servers(server: &str) -> Result<Vec<String>, AuthError> {
    let server = Url::parse(server)
        .map_err(|_| discovery("expected the URL of a server, got another text"))?;
    let http = Http::new(Reach::of(&server), Vec::new())?;
    let resource = protected_resource(&http, &server, &[]).await?;
    let resource = resource.ok_or_else(|| discovery("the server publishes no metadata"))?;
    Ok(resource.authorization_servers)
}

//! The key set of an authorization server, found through its metadata.
//!
//! Specification: [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414),
//! [OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html).

use serde::Deserialize;
use url::Url;

use crate::auth::document::Document;
use crate::auth::safe_client::{FetchError, SafeClient};
use crate::auth::well_known::authorization_server_urls;

/// Metadata of an authorization server.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: Option<String>,
}

/// Finds the URL of the key set of an issuer.
pub(super) async fn key_set_url(client: &SafeClient, issuer: &str) -> Result<Url, FetchError> {
    let malformed =
        |what: &str| FetchError::Malformed(format!("the metadata of the issuer {what}"));
    let mut url = Url::parse(issuer).map_err(|_| malformed("has no URL"))?;
    url.set_query(None);
    let mut last = malformed("was not found");
    for url in authorization_server_urls(&url) {
        let metadata: Metadata = match client.get_json(&url).await {
            Ok(Document(metadata)) => metadata,
            // Servers respond to an unknown path with any page. The first failure that is not of that
            // kind is the one to report.
            Err(error) => {
                if !matches!(error, FetchError::Status(404, _)) {
                    last = error;
                }
                continue;
            }
        };
        if metadata.issuer != issuer {
            last = malformed("names another issuer");
            continue;
        }
        let keys = metadata.jwks_uri.ok_or_else(|| malformed("has no `jwks_uri`"))?;
        return Url::parse(&keys).map_err(|_| malformed("has a malformed `jwks_uri`"));
    }
    Err(last)
}

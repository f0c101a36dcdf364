//! Metadata of protected resources and of authorization servers.
//!
//! Specification: [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728),
//! [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414),
//! [OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html).

use reqwest::Url;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::document::Document;
use crate::read_json::read_json;

/// Metadata of a protected resource.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct ProtectedResource {
    /// Identifier of the resource.
    pub(crate) resource: String,
    /// Issuers of the authorization servers.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Vec::is_empty")]
    pub(crate) authorization_servers: Vec<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) scopes_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Vec::is_empty")]
    pub(crate) bearer_methods_supported: Vec<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) resource_name: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) resource_documentation: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Vec::is_empty")]
    pub(crate) dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "is_false")]
    pub(crate) dpop_bound_access_tokens_required: bool,
    #[serde(skip)]
    pub(crate) faults: Faults,
}

/// Metadata of an authorization server. Members without a meaning for this crate are left out.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct AuthorizationServer {
    pub(crate) issuer: String,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) registration_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) device_authorization_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) introspection_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) revocation_endpoint: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) jwks_uri: Option<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) scopes_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) grant_types_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) authorization_grant_profiles_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Vec::is_empty")]
    pub(crate) dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "is_false")]
    pub(crate) client_id_metadata_document_supported: bool,
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "is_false")]
    pub(crate) authorization_response_iss_parameter_supported: bool,
    #[serde(skip)]
    pub(crate) faults: Faults,
}

/// Members of a document that have the wrong form, and so count as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<(String, String)>);

impl Faults {
    /// Finds the members of the wrong form. Only those without which a login fails are of interest.
    fn of(text: &str) -> Self {
        const LISTS: [&str; 2] = ["authorization_servers", "code_challenge_methods_supported"];
        let members = serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
        let fault = |(name, value): (&String, &Value)| {
            let found = match value {
                Value::Null => None,
                value if LISTS.contains(&name.as_str()) => {
                    read_json::<Vec<String>>(&value.to_string()).err()
                }
                value if name.ends_with("_endpoint") => {
                    read_json::<String>(&value.to_string()).err()
                }
                _ => None,
            };
            found.map(|fault| (name.clone(), fault))
        };
        Self(members.iter().filter_map(fault).collect())
    }

    /// A remark on a member for an error message: empty, or with a colon in front.
    pub(crate) fn remark(&self, name: &str) -> String {
        let found = self.0.iter().find(|(member, _)| member == name);
        found.map(|(member, fault)| format!(": `{member}`: {fault}")).unwrap_or_default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Reads a member; one of the wrong form counts as absent.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

impl ProtectedResource {
    /// Parses a document.
    ///
    /// # Errors
    /// A description of the fault.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let (document, faults) = parse(text)?;
        Ok(Self { faults, ..document })
    }
}

impl AuthorizationServer {
    /// Parses a document.
    ///
    /// # Errors
    /// A description of the fault.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let (document, faults) = parse(text)?;
        Ok(Self { faults, ..document })
    }

    /// Returns the endpoints of a server of 2025-03-26 that publishes no metadata.
    pub(crate) fn without_metadata(origin: &str) -> Self {
        Self {
            issuer: origin.to_owned(),
            authorization_endpoint: Some(format!("{origin}/authorize")),
            token_endpoint: Some(format!("{origin}/token")),
            registration_endpoint: Some(format!("{origin}/register")),
            code_challenge_methods_supported: Some(vec!["S256".to_owned()]),
            token_endpoint_auth_methods_supported: Some(vec!["none".to_owned()]),
            ..Self::default()
        }
    }
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<(T, Faults), String> {
    let text = std::str::from_utf8(text)
        .map_err(|_| "expected a JSON object, got bytes that are not UTF-8".to_owned())?;
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err("expected a JSON object, got something that is not JSON".to_owned());
    }
    let Document(document) = read_json(text)?;
    Ok((document, Faults::of(text)))
}

/// Returns `true` if metadata of a resource applies to a server at a URL: it is the URL, or a resource
/// of the same origin below which the URL lies.
pub(crate) fn covers(resource: &Url, server: &Url) -> bool {
    let (outer, inner) = (resource.path().trim_end_matches('/'), server.path());
    let is_below =
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    resource.origin() == server.origin()
        && resource.origin().is_tuple()
        && resource.fragment().is_none()
        && resource.username().is_empty()
        && resource.password().is_none()
        && is_below
        && resource.query().is_none_or(|query| Some(query) == server.query())
}

/// Returns the identifier of a server as a resource: its URL without fragment and credentials, and
/// without a slash as the only path.
pub(crate) fn canonical_resource(server: &Url) -> String {
    let mut url = server.clone();
    url.set_fragment(None);
    // Both fail only for URLs without a host, which have no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let text = url.to_string();
    match text.strip_suffix('/') {
        Some(origin) if url.path() == "/" && url.query().is_none() => origin.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn metadata_covers_its_resource_and_what_is_below() {
        let check = |resource: &str, server: &str, expected: bool| {
            assert_eq!(covers(&url(resource), &url(server)), expected, "{resource} {server}");
        };
        check("https://a.example/mcp", "https://a.example/mcp", true);
        check("https://a.example/mcp/", "https://a.example/mcp", true);
        check("https://A.example:443", "https://a.example/mcp", true);
        check("https://a.example/mcp", "https://a.example/mcp/x", true);
        check("https://a.example/mc", "https://a.example/mcp", false);
        check("https://a.example/mcp/x", "https://a.example/mcp", false);
        check("http://a.example/mcp", "https://a.example/mcp", false);
        check("https://a.example:444/mcp", "https://a.example/mcp", false);
        check("https://a.example.evil/mcp", "https://a.example/mcp", false);
        check("https://evil@a.example/mcp", "https://a.example/mcp", false);
        check("https://a.example/mcp#x", "https://a.example/mcp", false);
        check("https://a.example/mcp?a=1", "https://a.example/mcp", false);
        check("data:,x", "data:,x", false);
    }

    #[test]
    fn resources_are_canonical() {
        let check = |server: &str, expected: &str| {
            assert_eq!(canonical_resource(&url(server)), expected);
        };
        check("HTTPS://User:pw@A.example:443/mcp#x", "https://a.example/mcp");
        check("https://a.example", "https://a.example");
        check("https://a.example/?q", "https://a.example/?q");
        check("http://localhost:3000/mcp/", "http://localhost:3000/mcp/");
    }

    #[test]
    fn members_of_the_wrong_form_count_as_absent() {
        let text = br#"{"issuer":"i","code_challenge_methods_supported":"S256","token_endpoint":7,
            "client_id_metadata_document_supported":"yes","scopes_supported":null,"unknown":[]}"#;
        let mut found = AuthorizationServer::parse(text).unwrap();
        assert!(found.faults.remark("token_endpoint").contains("expected a string"), "{found:?}");
        assert!(found.faults.remark("code_challenge_methods_supported").contains("S256"));
        assert_eq!(found.faults.remark("scopes_supported"), "");
        found.faults = Faults::default();
        let expected = AuthorizationServer { issuer: "i".into(), ..Default::default() };
        assert_eq!(found, expected);
        let text = br#"{"resource":"r","authorization_servers":"https://a.example"}"#;
        assert!(ProtectedResource::parse(text).unwrap().authorization_servers.is_empty());
    }

    #[test]
    fn malformed_documents_are_errors() {
        for text in [
            "",
            "null",
            "[]",
            "[\"issuer\"]",
            "7",
            "\"x\"",
            "{}",
            "{\"issuer\":7}",
            "{\"issuer\":null}",
            "{\"issuer\":\"a\",\"issuer\":\"b\"}",
            "{\"issuer\":\"a\"",
            "<html>",
            "{\"issuer\":\"a\"} x",
            "\u{feff}{\"issuer\":\"a\"}",
            "{\"issuer\":\"\\ud800\"}",
        ] {
            assert!(AuthorizationServer::parse(text.as_bytes()).is_err(), "{text}");
            let text = text.replace("issuer", "resource");
            assert!(ProtectedResource::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(AuthorizationServer::parse(b"{\"issuer\":\"\xff\"}").is_err());
        assert!(AuthorizationServer::parse("[".repeat(200_000).as_bytes()).is_err());
    }
}

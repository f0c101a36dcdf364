//! The URLs at which metadata of resources and of authorization servers is published.
//!
//! Specification: [RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3),
//! [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3),
//! [OpenID Connect Discovery](https://openid.net/specs/openid-connect-discovery-1_0.html).

use url::Url;

/// Path of the metadata of a resource, in front of the path of the resource.
pub(crate) const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// Returns the URLs of the metadata of a resource, in the order in which they are requested.
#[cfg(feature = "auth-client")]
pub(crate) fn protected_resource_urls(resource: &Url) -> Vec<Url> {
    let mut urls = vec![inserted(resource, PROTECTED_RESOURCE)];
    let root = at_root(resource, PROTECTED_RESOURCE);
    if urls[0] != root {
        urls.push(root);
    }
    urls
}

/// Returns the URLs of the metadata of an issuer, in the order in which they are requested.
pub(crate) fn authorization_server_urls(issuer: &Url) -> Vec<Url> {
    let mut urls = vec![inserted(issuer, AUTHORIZATION_SERVER), inserted(issuer, OPENID)];
    let path = issuer.path().trim_end_matches('/');
    if !path.is_empty() {
        urls.push(at_root(issuer, &format!("{path}{OPENID}")));
    }
    urls
}

/// Inserts a well-known suffix between the host and the path of a URL.
fn inserted(url: &Url, suffix: &str) -> Url {
    let path = url.path().trim_end_matches('/');
    let mut inserted = at_root(url, &format!("{suffix}{path}"));
    inserted.set_query(url.query());
    inserted
}

fn at_root(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn texts(urls: Vec<Url>) -> Vec<String> {
        urls.into_iter().map(String::from).collect()
    }

    #[cfg(feature = "auth-client")]
    #[test]
    fn metadata_of_resources_is_at_the_path_then_at_the_root() {
        let check = |resource: &str, expected: &[&str]| {
            assert_eq!(texts(protected_resource_urls(&url(resource))), expected);
        };
        check(
            "https://a.example/public/mcp",
            &[
                "https://a.example/.well-known/oauth-protected-resource/public/mcp",
                "https://a.example/.well-known/oauth-protected-resource",
            ],
        );
        check(
            "https://a.example/mcp/?tenant=1#x",
            &[
                "https://a.example/.well-known/oauth-protected-resource/mcp?tenant=1",
                "https://a.example/.well-known/oauth-protected-resource",
            ],
        );
        check("https://a.example", &["https://a.example/.well-known/oauth-protected-resource"]);
    }

    #[test]
    fn metadata_of_issuers_has_three_places() {
        let check = |issuer: &str, expected: &[&str]| {
            assert_eq!(texts(authorization_server_urls(&url(issuer))), expected);
        };
        check(
            "https://a.example/tenant1",
            &[
                "https://a.example/.well-known/oauth-authorization-server/tenant1",
                "https://a.example/.well-known/openid-configuration/tenant1",
                "https://a.example/tenant1/.well-known/openid-configuration",
            ],
        );
        check(
            "https://a.example/",
            &[
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ],
        );
    }
}

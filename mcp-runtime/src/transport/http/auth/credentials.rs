//! The header `Authorization`.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::auth::keys::MAX_TOKEN;

/// Scheme of an access token in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Bearer,
    /// A token with a proof of possession.
    Dpop,
}

/// An access token in the header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Credentials<'a> {
    pub(super) scheme: Scheme,
    pub(super) token: &'a str,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

/// A header that is not in the form of RFC 6750; with the reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl<'a> Credentials<'a> {
    /// Reads the token of a request; `None` if it has none, or credentials of another scheme.
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Option<Self>, Malformed> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Malformed("the header Authorization is given twice"));
        }
        let value =
            value.to_str().map_err(|_| Malformed("the header has other bytes than ASCII"))?;
        let value = value.trim_matches([' ', '\t']);
        let (scheme, rest) = match value.split_once([' ', '\t']) {
            Some((scheme, rest)) => (scheme, rest.trim_start_matches([' ', '\t'])),
            None => (value, ""),
        };
        let scheme = match scheme {
            _ if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
            _ if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
            _ if is_token(scheme) => return Ok(None),
            _ => return Err(Malformed("the header Authorization has no scheme")),
        };
        if rest.is_empty() {
            return Err(Malformed("there is no token after the scheme"));
        }
        if rest.len() > MAX_TOKEN {
            return Err(Malformed("the token is too long"));
        }
        if !is_token68(rest) {
            return Err(Malformed("the token has characters that no token has"));
        }
        Ok(Some(Self { scheme, token: rest }))
    }
}

/// `true` for the name of a scheme.
fn is_token(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// `true` for the characters of `b64token`, with padding at the end only.
fn is_token68(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !bare.is_empty() && bare.bytes().all(is_part)
}

//! The identity of a client at an authorization server, and how it proves it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::error::{AuthError, AuthErrorKind};
use super::jwt::{SigningKey, now, random_text};
use crate::auth::metadata::AuthorizationServer;

/// Characters that `application/x-www-form-urlencoded` escapes.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Type of an assertion that authenticates a client.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Time for which an assertion is valid, in seconds.
const ASSERTION_LIFETIME: u64 = 120;

/// The id of a client at an authorization server, with its secret or key. The `Debug` form shows the
/// id only.
///
/// ```
/// use mcp_runtime::client::auth::Credentials;
///
/// let credentials = Credentials::secret("my-client", "my secret");
/// assert_eq!(format!("{credentials:?}"), "Credentials { client_id: \"my-client\", .. }");
/// ```
#[derive(Clone)]
pub struct Credentials {
    pub(crate) client_id: String,
    pub(crate) proof: Proof,
}

/// The proof of a client that it is the one it names.
#[derive(Clone)]
pub(crate) enum Proof {
    /// A public client, which has none.
    None,
    Secret {
        secret: SecretString,
        method: Option<SecretMethod>,
    },
    Key(SigningKey),
}

/// The place of a secret in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretMethod {
    Basic,
    Post,
}

impl SecretMethod {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Basic, Self::Post].into_iter().find(|method| method.as_str() == name)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Creates the credentials of a public client, which has no secret.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), proof: Proof::None }
    }

    /// Creates credentials with a secret. It is sent as `client_secret_basic`, or as
    /// `client_secret_post` to servers that support only that, and after
    /// [`client_secret_post`](Self::client_secret_post).
    pub fn secret(client_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        let proof = Proof::Secret { secret: secret.into(), method: None };
        Self { client_id: client_id.into(), proof }
    }

    /// Sends the secret as `client_secret_post`, for a client that is registered with that method. Some
    /// authorization servers support several methods, and accept from each client only its own.
    ///
    /// ```
    /// use mcp_runtime::client::auth::Credentials;
    ///
    /// let credentials = Credentials::secret("my-client", "my secret").client_secret_post();
    /// # drop(credentials);
    /// ```
    pub fn client_secret_post(mut self) -> Self {
        if let Proof::Secret { method, .. } = &mut self.proof {
            *method = Some(SecretMethod::Post);
        }
        self
    }

    /// Creates credentials with a private key (`private_key_jwt`).
    pub fn private_key_jwt(client_id: impl Into<String>, key: SigningKey) -> Self {
        Self { client_id: client_id.into(), proof: Proof::Key(key) }
    }

    /// Authenticates a request: adds members to its form, and returns the value of the header
    /// `Authorization`, if it has one.
    pub(crate) fn authenticate(
        &self,
        server: &AuthorizationServer,
        form: &mut Form,
    ) -> Result<Option<SecretString>, AuthError> {
        match &self.proof {
            // Without an id, the assertion of the grant identifies the client.
            Proof::None if self.client_id.is_empty() => {}
            Proof::None => form.add("client_id", &self.client_id),
            Proof::Secret { secret, method } => {
                match method.map(Some).map_or_else(|| secret_method(server), Ok)? {
                    Some(SecretMethod::Basic) => return Ok(Some(self.basic(secret))),
                    Some(SecretMethod::Post) => {
                        form.add("client_id", &self.client_id);
                        form.add("client_secret", secret.expose_secret());
                    }
                    None => form.add("client_id", &self.client_id),
                }
            }
            Proof::Key(key) => {
                check_key(server, key)?;
                form.add("client_assertion_type", ASSERTION_TYPE);
                form.add("client_assertion", &self.assertion(key, &server.issuer)?);
            }
        }
        Ok(None)
    }

    fn basic(&self, secret: &SecretString) -> SecretString {
        let id = utf8_percent_encode(&self.client_id, FORM);
        let secret = utf8_percent_encode(secret.expose_secret(), FORM);
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))).into()
    }

    fn assertion(&self, key: &SigningKey, audience: &str) -> Result<String, AuthError> {
        let now = now();
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
            "jti": random_text()?,
        });
        key.sign(json!({ "typ": "JWT" }), &claims)
    }
}

/// Returns the place where a server expects a secret; `None` for a server of public clients only.
fn secret_method(server: &AuthorizationServer) -> Result<Option<SecretMethod>, AuthError> {
    let Some(methods) = &server.token_endpoint_auth_methods_supported else {
        return Ok(Some(SecretMethod::Basic));
    };
    let supports = |name: &str| methods.iter().any(|method| method == name);
    if supports("client_secret_basic") {
        Ok(Some(SecretMethod::Basic))
    } else if supports("client_secret_post") {
        Ok(Some(SecretMethod::Post))
    } else if supports("none") {
        Ok(None)
    } else {
        Err(unsupported("a client secret"))
    }
}

fn check_key(server: &AuthorizationServer, key: &SigningKey) -> Result<(), AuthError> {
    let lacks = |list: &Option<Vec<String>>, name: &str| {
        list.as_ref().is_some_and(|list| !list.iter().any(|known| known == name))
    };
    if lacks(&server.token_endpoint_auth_methods_supported, "private_key_jwt") {
        return Err(unsupported("`private_key_jwt`"));
    }
    let algorithm = key.algorithm_name();
    if lacks(&server.token_endpoint_auth_signing_alg_values_supported, algorithm) {
        return Err(unsupported(&format!("assertions that are signed with `{algorithm}`")));
    }
    Ok(())
}

fn unsupported(what: &str) -> AuthError {
    AuthError::new(
        AuthErrorKind::Unsupported,
        format!("the authorization server does not accept {what} from clients"),
    )
}

/// The form of a request to an authorization server. Its text is a secret.
#[derive(Clone, Default)]
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn grant(grant_type: &str) -> Self {
        let mut form = Self::default();
        form.add("grant_type", grant_type);
        form
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend([name, "="]);
        self.0.extend(utf8_percent_encode(value, FORM));
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.add(name, value);
        self
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(methods: &[&str]) -> AuthorizationServer {
        let methods = methods.iter().map(|&name| name.to_owned()).collect();
        AuthorizationServer {
            issuer: "https://as.example".to_owned(),
            token_endpoint_auth_methods_supported: Some(methods),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(methods: &[&str], header: Option<&str>, body: &str) {
        let credentials = Credentials::secret("id:1", "s3 c/ret");
        let mut form = Form::default();
        let found = credentials.authenticate(&server(methods), &mut form).unwrap();
        assert_eq!(found.as_ref().map(|found| found.expose_secret()), header);
        assert_eq!(String::from_utf8(form.into_bytes()).unwrap(), body);
    }

    #[test]
    fn secrets_go_where_the_server_expects_them() {
        let basic = format!("Basic {}", STANDARD.encode("id%3A1:s3%20c%2Fret"));
        check(&["client_secret_post", "client_secret_basic"], Some(&basic), "");
        check(&["client_secret_post"], None, "client_id=id%3A1&client_secret=s3%20c%2Fret");
        check(&["none"], None, "client_id=id%3A1");
        let mut form = Form::default();
        let post = Credentials::secret("id", "secret").client_secret_post();
        let both = server(&["client_secret_basic", "client_secret_post"]);
        assert!(post.authenticate(&both, &mut form).unwrap().is_none());
        assert_eq!(
            String::from_utf8(form.into_bytes()).unwrap(),
            "client_id=id&client_secret=secret"
        );
        let mut form = Form::default();
        let error = Credentials::secret("id", "secret")
            .authenticate(&server(&["tls_client_auth"]), &mut form)
            .unwrap_err();
        assert_eq!(error.kind, AuthErrorKind::Unsupported);
    }

    #[test]
    fn keys_sign_for_the_issuer_if_the_server_accepts_them() {
        let (key, _) = SigningKey::generate().unwrap();
        let credentials = Credentials::private_key_jwt("id", key);
        let mut form = Form::default();
        let mut server = server(&["private_key_jwt"]);
        assert!(credentials.authenticate(&server, &mut form).unwrap().is_none());
        let text = String::from_utf8(form.clone().into_bytes()).unwrap();
        assert!(text.contains("client_assertion=") && !text.contains("client_id="), "{text}");
        server.token_endpoint_auth_signing_alg_values_supported = Some(vec!["RS256".to_owned()]);
        assert!(credentials.authenticate(&server, &mut form).is_err());
        server.token_endpoint_auth_methods_supported = Some(vec!["none".to_owned()]);
        assert!(credentials.authenticate(&server, &mut form).is_err());
    }
}

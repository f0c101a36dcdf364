//! The device flow: the user enters a code in a browser elsewhere.
//!
//! Specification: [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628).

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::credentials::Form;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Client, Http, TokenResponse, endpoint, failure};
use super::scopes::Scopes;
use crate::auth::document::Document;
use crate::shorten::{line, shorten};

pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Pause between two requests, unless the server sets another.
const DEFAULT_INTERVAL: u64 = 5;

/// Longest pause between two requests, in seconds.
const MAX_INTERVAL: u64 = 60;

/// The code that a user enters on another device, and where. Its `Display` form is a sentence for the
/// user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceCode {
    /// Code that the user enters.
    pub user_code: String,
    /// Page on which the user enters it.
    pub verification_uri: String,
    /// Page that contains the code already, for a QR code or a link.
    pub verification_uri_complete: Option<String>,
}

impl fmt::Display for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, code) = (line(&self.verification_uri), line(&self.user_code));
        write!(f, "To log in, open {url} and enter the code {code}")
    }
}

#[derive(Deserialize)]
struct DeviceJson {
    device_code: String,
    user_code: String,
    verification_uri: String,
    #[serde(default)]
    verification_uri_complete: Option<String>,
    #[serde(default)]
    interval: Option<u64>,
}

/// Requests a code, shows it and waits until the user has entered it. The caller bounds the time.
pub(crate) async fn log_in(
    http: &Http,
    client: Client<'_>,
    resource: &str,
    scopes: &Scopes,
    show: &(dyn Fn(&DeviceCode) + Send + Sync),
) -> Result<TokenResponse, AuthError> {
    let name = "device_authorization_endpoint";
    let found = client.server.device_authorization_endpoint.as_deref();
    let url = endpoint(client.server, found, name)?;
    let mut form = Form::default().with("resource", resource);
    if !scopes.is_empty() {
        form.add("scope", &scopes.to_string());
    }
    let response = http.post_form(&url, form, client).await?;
    if response.status != 200 {
        return Err(failure(AuthErrorKind::Authorization, "requesting a code", &response));
    }
    let parsed = serde_json::from_slice::<Document<DeviceJson>>(&response.body);
    let Document(json) = parsed.map_err(|_| {
        let message = "expected a response with `device_code` and `user_code`, got something else";
        AuthError::new(AuthErrorKind::Authorization, message)
    })?;
    let code = DeviceCode {
        user_code: json.user_code,
        verification_uri: page(http, json.verification_uri)?,
        verification_uri_complete: json
            .verification_uri_complete
            .and_then(|url| page(http, url).ok()),
    };
    show(&code);
    let mut interval = json.interval.unwrap_or(DEFAULT_INTERVAL).clamp(1, MAX_INTERVAL);
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        let form = Form::grant(GRANT_TYPE)
            .with("device_code", &json.device_code)
            .with("resource", resource);
        match client.tokens(http, form).await {
            Err(error) if error.code.as_deref() == Some("authorization_pending") => {}
            Err(error) if error.code.as_deref() == Some("slow_down") => {
                interval = (interval + 5).min(MAX_INTERVAL);
            }
            outcome => return outcome,
        }
    }
}

/// Checks the URL of a page for the user.
fn page(http: &Http, url: String) -> Result<String, AuthError> {
    if Url::parse(&url).is_ok_and(|url| http.allows(&url)) {
        return Ok(url);
    }
    let message = format!("expected a `verification_uri` of https, got `{}`", shorten(&url));
    Err(AuthError::new(AuthErrorKind::Authorization, message))
}

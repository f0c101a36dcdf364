//! The logins of the client for the conformance suite.

use std::error::Error;

use mcp_runtime::client::auth::{
    Assertion, Credentials, IdentityProvider, Login, SigningKey, authorization_servers,
};
use mcp_runtime::client::reqwest::{self, header::LOCATION, redirect};
use serde::Deserialize;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// URL of the document that describes this client to the authorization servers of the suite.
const METADATA_DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";

/// Credentials and settings that the suite gives to the client of a scenario.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    client_id: String,
    client_secret: Option<String>,
    private_key_pem: String,
    idp_client_id: String,
    idp_id_token: String,
    idp_issuer: String,
    valid_jwt: String,
}

/// Returns the login for a scenario; none for scenarios without authorization.
pub(crate) async fn login(url: &str, scenario: &str) -> Outcome<Option<Login>> {
    let Some(scenario) = scenario.strip_prefix("auth/") else { return Ok(None) };
    let given: Given = match std::env::var("MCP_CONFORMANCE_CONTEXT") {
        Ok(context) => serde_json::from_str(&context)?,
        Err(_) => Given::default(),
    };
    let credentials = match given.client_secret {
        Some(secret) => Credentials::secret(&given.client_id, secret),
        None => Credentials::public(&given.client_id),
    };
    let login = match scenario {
        "client-credentials-basic" => Login::client_credentials(issuer(url).await?, credentials),
        "client-credentials-jwt" => {
            let key = SigningKey::from_pem(&given.private_key_pem)?;
            let credentials = Credentials::private_key_jwt(given.client_id, key);
            Login::client_credentials(issuer(url).await?, credentials)
        }
        "enterprise-managed-authorization" => {
            let id_token = given.idp_id_token;
            let id_token =
                Assertion::function(move || std::future::ready(Ok::<_, String>(id_token.clone())));
            let client = Credentials::public(given.idp_client_id);
            let provider = IdentityProvider::new(given.idp_issuer, client, id_token);
            Login::enterprise(issuer(url).await?, credentials, provider)
        }
        "wif-jwt-bearer" => {
            let token = given.valid_jwt;
            let token =
                Assertion::function(move || std::future::ready(Ok::<_, String>(token.clone())));
            let issuer = issuer(url).await?;
            Login::workload(&issuer, token).registered(&issuer, credentials)
        }
        "pre-registration" => user().registered(issuer(url).await?, credentials),
        "dpop" | "dpop-nonce" => user().require_dpop(),
        _ => user(),
    };
    Ok(Some(login))
}

/// A login by a user who agrees to everything.
fn user() -> Login {
    Login::headless(agree).metadata_document(METADATA_DOCUMENT)
}

/// Opens the page of the authorization server, and returns the URL to which it redirects.
async fn agree(url: String) -> Result<String, String> {
    let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build();
    let client = client.map_err(|error| error.to_string())?;
    let response = client.get(url).send().await.map_err(|error| error.to_string())?;
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    location.map(str::to_owned).ok_or_else(|| format!("no redirect: {}", response.status()))
}

/// Returns the issuer that the suite does not give. An administrator would know it.
async fn issuer(url: &str) -> Outcome<String> {
    let issuers = authorization_servers(url).await?;
    Ok(issuers.into_iter().next().ok_or("the server names no authorization server")?)
}

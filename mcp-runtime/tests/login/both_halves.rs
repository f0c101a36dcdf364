//! Our client, and a server of this crate that verifies the tokens of the authorization server.

use mcp_runtime::authorization::Auth;
use mcp_runtime::client::auth::{Credentials, Login};
use mcp_runtime::client::{Client, Error};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::AuthServer;
use tokio::net::TcpListener;

/// Describe the caller.
#[tool]
async fn whoami(cx: &Context) -> String {
    let who = cx.principal();
    format!("{} {:?}", who.subject().unwrap_or_default(), who.scopes())
}

/// Serves the tool, and returns the URL of the server.
async fn serve(auth: &AuthServer, requires_dpop: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let mut rules = Auth::jwt(auth.issuer()).audience(&url).required_scopes(["read"]);
    if requires_dpop {
        rules = rules.require_dpop().dpop_nonces();
    }
    let server = Server::new("protected", "1.0.0").with::<whoami>().require_auth(rules);
    let router = axum::Router::new().fallback_service(server.into_service().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn whoami_of(url: &str, login: Login) -> Result<String, Error> {
    let client = Client::http(url).login(login).connect().await?;
    let result = client.call("whoami", ()).await?;
    Ok(result.content[0].as_text().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_user_logs_in_to_a_server_of_this_crate() {
    let auth = AuthServer::start().await.unwrap();
    auth.subject("ada");
    let url = serve(&auth, false).await;
    assert_eq!(whoami_of(&url, auth.login()).await.unwrap(), r#"ada ["read"]"#);
    auth.client("robot", Some("secret"));
    let login = Login::client_credentials(auth.issuer(), Credentials::secret("robot", "secret"));
    assert_eq!(whoami_of(&url, login).await.unwrap(), r#"robot ["read"]"#);
}

#[tokio::test]
async fn a_user_logs_in_with_a_bound_token_and_nonces() {
    let auth = AuthServer::start().await.unwrap();
    auth.dpop(Some("nonce"));
    let url = serve(&auth, true).await;
    let login = auth.login().require_dpop();
    assert_eq!(whoami_of(&url, login).await.unwrap(), r#"user ["read"]"#);
}

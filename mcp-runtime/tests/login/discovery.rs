//! From the challenge to the authorization server, and what is refused on the way.

use mcp_runtime::client::auth::{AuthErrorKind, Credentials, Login, authorization_servers};
use mcp_runtime::client::{Client, Error};
use mcp_runtime::testing::AuthServer;
use serde_json::{Value, json};

use crate::protected::{Faults, Protected};
use crate::trickle::{HttpServer, Reply};

#[tokio::test]
async fn the_challenge_names_the_metadata_or_else_it_is_at_the_well_known_urls() {
    let server = Protected::start().await;
    server.client().await;
    let paths = |server: &Protected| -> Vec<String> {
        let heard = server.http.heard.lock().unwrap();
        let gets = heard.iter().filter(|request| request.method == "GET");
        gets.map(|request| request.path.clone()).collect()
    };
    assert_eq!(paths(&server), ["/.well-known/oauth-protected-resource/mcp"]);
    let server = Protected::with(Faults { names_no_metadata: true, ..Faults::default() }).await;
    server.client().await;
    assert_eq!(paths(&server)[0], "/.well-known/oauth-protected-resource/mcp");
    assert_eq!(authorization_servers(&server.http.url).await.unwrap(), [server.auth.issuer()]);
}

#[tokio::test]
async fn every_request_names_the_resource() {
    let server = Protected::start().await;
    server.client().await;
    for path in ["/authorize", "/token"] {
        let requests = server.auth.requests_to(path);
        assert_eq!(requests.len(), 1, "{path}");
        assert_eq!(requests[0].parameter("resource"), server.http.url, "{path}");
    }
}

async fn refused_metadata(metadata: Value) -> (AuthErrorKind, Vec<String>) {
    let server = Protected::with(Faults { metadata: Some(metadata), ..Faults::default() }).await;
    let error = server.refused(server.auth.login()).await;
    (error.kind, server.auth.requests().into_iter().map(|request| request.path).collect())
}

#[tokio::test]
async fn metadata_of_another_resource_is_refused() {
    for resource in ["https://evil.example/mcp", "http://127.0.0.1:1/mcp", "no URL", ""] {
        let issuer = "http://127.0.0.1:1";
        let metadata = json!({ "resource": resource, "authorization_servers": [issuer] });
        let (kind, asked) = refused_metadata(metadata).await;
        assert_eq!((kind, asked.len()), (AuthErrorKind::ResourceMismatch, 0), "{resource}");
    }
}

#[tokio::test]
async fn malformed_metadata_of_a_resource_is_refused() {
    for metadata in [json!([]), json!({}), json!("x"), json!(null), json!({ "resource": 7 })] {
        let (kind, asked) = refused_metadata(metadata.clone()).await;
        assert_eq!((kind, asked.len()), (AuthErrorKind::Discovery, 0), "{metadata}");
    }
}

#[tokio::test]
async fn metadata_names_an_authorization_server_that_may_be_reached() {
    let server = Protected::start().await;
    for issuer in [
        "http://as.example",
        "ftp://as.example",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[::ffff:10.0.0.1]",
        "https://0xa9fea9fe",
        "not a URL",
        "https://as.example?x=1",
    ] {
        let metadata = json!({ "resource": server.http.url, "authorization_servers": [issuer] });
        server.faults.lock().unwrap().metadata = Some(metadata);
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::Discovery, "{issuer}: {error}");
    }
    let metadata = json!({ "resource": server.http.url });
    server.faults.lock().unwrap().metadata = Some(metadata);
    assert_eq!(server.refused(server.auth.login()).await.kind, AuthErrorKind::Discovery);
}

#[tokio::test]
async fn issuers_are_compared_byte_by_byte() {
    let server = Protected::start().await;
    let issuer = server.auth.issuer().to_owned();
    for other in
        [format!("{issuer}/"), issuer.replace("http", "HTTP"), "https://honest.example".into()]
    {
        server.auth.metadata(|metadata| metadata["issuer"] = json!(other));
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::IssuerMismatch, "{other}");
    }
    for path in ["/register", "/authorize", "/token"] {
        assert_eq!(server.asked(path), 0, "{path}");
    }
}

#[tokio::test]
async fn without_pkce_nothing_is_asked() {
    for methods in [json!(null), json!([]), json!(["plain"]), json!("S256"), json!({})] {
        let server = Protected::start().await;
        server
            .auth
            .metadata(|metadata| metadata["code_challenge_methods_supported"] = methods.clone());
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::Unsupported, "{methods}");
        assert_eq!(server.asked("/register") + server.asked("/authorize"), 0, "{methods}");
    }
}

#[tokio::test]
async fn pages_that_are_no_pages_are_not_opened() {
    for page in
        ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://as.example/"]
    {
        let server = Protected::start().await;
        server.auth.metadata(|metadata| metadata["authorization_endpoint"] = json!(page));
        let login = server.auth.login();
        assert_eq!(server.refused(login).await.kind, AuthErrorKind::Discovery, "{page}");
    }
}

#[tokio::test]
async fn large_metadata_and_redirects_to_it_are_refused() {
    let server = Protected::start().await;
    server.auth.metadata(|metadata| metadata["x"] = json!("x".repeat(100_000)));
    let error = server.refused(server.auth.login()).await;
    assert!(error.to_string().contains("too large"), "{error}");
    let trap = HttpServer::start(|_| Reply::status(200)).await;
    let elsewhere = trap.url.clone();
    let server = HttpServer::start(move |request| match request.method.as_str() {
        "GET" => Reply::status(302).with("location", &elsewhere),
        _ => Reply::status(401).with("www-authenticate", "Bearer"),
    })
    .await;
    let auth = AuthServer::start().await.unwrap();
    let connected = Client::http(&server.url).login(auth.login()).connect().await;
    assert!(matches!(connected, Err(Error::Auth(_))));
    assert!(trap.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn tokens_go_over_no_plain_connection() {
    let auth = AuthServer::start().await.unwrap();
    let connected = Client::http("http://example.com/mcp").login(auth.login()).connect().await;
    let Err(Error::Auth(error)) = connected else { panic!("the client connected") };
    assert_eq!(error.kind, AuthErrorKind::Configuration);
}

#[tokio::test]
async fn responses_of_another_issuer_are_refused_before_the_code_is_sent() {
    for issuer in [None, Some("https://evil.example"), Some("")] {
        let server = Protected::start().await;
        server.auth.response_issuer(issuer);
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::IssuerMismatch);
        assert_eq!((server.asked("/authorize"), server.asked("/token")), (1, 0), "{issuer:?}");
    }
    // Not announced: a missing one is accepted, another one is not.
    let server = Protected::start().await;
    let member = "authorization_response_iss_parameter_supported";
    server.auth.metadata(|metadata| metadata[member] = json!(false));
    server.auth.response_issuer(Some("https://evil.example"));
    assert_eq!(server.refused(server.auth.login()).await.kind, AuthErrorKind::IssuerMismatch);
    server.auth.response_issuer(None);
    server.client().await;
}

/// A server of 2025-03-26 is its own authorization server. Its metadata has to be its own as well.
#[tokio::test]
async fn without_metadata_of_the_resource_the_issuer_is_still_compared() {
    let document = |issuer: &str| {
        let mut metadata =
            json!({ "issuer": issuer, "code_challenge_methods_supported": ["S256"] });
        for (member, path) in [
            ("authorization_endpoint", "authorize"),
            ("token_endpoint", "token"),
            ("registration_endpoint", "register"),
        ] {
            metadata[member] = json!(format!("{issuer}/{path}"));
        }
        metadata
    };
    let honest = AuthServer::start().await.unwrap();
    let named = honest.issuer().to_owned();
    let server = HttpServer::start(move |request| match (&*request.method, &*request.path) {
        ("GET", "/.well-known/oauth-authorization-server") => Reply::json(200, &document(&named)),
        ("POST", "/mcp") => Reply::status(401).with("www-authenticate", "Bearer"),
        _ => Reply::status(404),
    })
    .await;
    let secret = Credentials::secret("robot", "secret");
    for login in [honest.login(), honest.login().registered("https://127.0.0.1:1", secret.clone())]
    {
        let connected = Client::http(&server.url).login(login).connect().await;
        let Err(Error::Auth(error)) = connected else { panic!("the client connected") };
        assert!(
            matches!(error.kind, AuthErrorKind::IssuerMismatch | AuthErrorKind::Discovery),
            "{error}"
        );
    }
    // The secret of a machine goes to its issuer, and not to the server that has no metadata.
    honest.client("robot", Some("secret"));
    let login = Login::client_credentials(honest.issuer(), secret);
    assert!(Client::http(&server.url).login(login).connect().await.is_err());
    assert_eq!(honest.requests_to("/token").len(), 1);
    let heard = server.heard.lock().unwrap();
    assert!(heard.iter().all(|request| request.path != "/token" && request.path != "/register"));
}

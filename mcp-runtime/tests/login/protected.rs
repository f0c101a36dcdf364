//! A server that requires tokens.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::auth::{AuthError, Login};
use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::testing::AuthServer;
use serde_json::{Value, json};

use crate::trickle::{HttpServer, Reply, Request};

const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

/// What the server does differently than it should.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    /// Metadata in place of that of the server.
    pub(crate) metadata: Option<Value>,
    /// Parts of the challenge beside the URL of the metadata.
    pub(crate) challenge: String,
    /// `true` if the challenge names no metadata.
    pub(crate) names_no_metadata: bool,
    /// URL to which requests with a token are redirected.
    pub(crate) redirect: Option<String>,
}

/// A server at `/mcp` that accepts tokens of an authorization server. The tool `read` requires the scope
/// `read`, and the tool `write` the scope `write`.
pub(crate) struct Protected {
    pub(crate) http: HttpServer,
    pub(crate) auth: Arc<AuthServer>,
    pub(crate) faults: Arc<Mutex<Faults>>,
}

impl Protected {
    pub(crate) async fn start() -> Self {
        let auth = Arc::new(AuthServer::start().await.unwrap());
        let (accepted, faults) = (Arc::clone(&auth), Arc::new(Mutex::new(Faults::default())));
        let misbehaves = Arc::clone(&faults);
        let http = HttpServer::start(move |request| {
            answer(request, &accepted, &misbehaves.lock().unwrap())
        });
        Self { http: http.await, auth, faults }
    }

    pub(crate) async fn with(faults: Faults) -> Self {
        let server = Self::start().await;
        *server.faults.lock().unwrap() = faults;
        server
    }

    /// Connects with a login.
    pub(crate) async fn connect(&self, login: Login) -> Result<Client, Error> {
        Client::http(&self.http.url).era(Era::Modern).login(login).connect().await
    }

    /// Connects as a user who agrees.
    pub(crate) async fn client(&self) -> Client {
        self.connect(self.auth.login()).await.unwrap()
    }

    /// Returns the error of a login.
    pub(crate) async fn refused(&self, login: Login) -> AuthError {
        match self.connect(login).await {
            Err(Error::Auth(error)) => error,
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("the login succeeded"),
        }
    }

    /// Returns the number of requests to a path of the authorization server.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.auth.requests_to(path).len()
    }
}

/// Calls a tool and returns its text.
pub(crate) async fn call(client: &Client, tool: &str) -> Result<String, Error> {
    let result = client.call(tool, ()).await?;
    Ok(result.content[0].as_text().unwrap_or_default().to_owned())
}

fn answer(request: &Request, auth: &AuthServer, faults: &Faults) -> Reply {
    let origin = format!("http://{}", request.header("host").unwrap_or_default());
    let resource = format!("{origin}/mcp");
    if request.path == METADATA {
        let metadata = auth.protected_resource(&resource);
        return Reply::json(200, faults.metadata.as_ref().unwrap_or(&metadata));
    }
    if request.path != "/mcp" || request.method != "POST" {
        return Reply::status(404);
    }
    let mut challenge = format!("Bearer {}", faults.challenge);
    if !faults.names_no_metadata {
        challenge = format!("{challenge}, resource_metadata=\"{origin}{METADATA}\"");
    }
    let token = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let token =
        token.and_then(|token| auth.verify(token)).filter(|token| token.resource == resource);
    let Some(token) = token else {
        return Reply::status(401).with("www-authenticate", &challenge);
    };
    if let Some(redirect) = &faults.redirect {
        return Reply::status(307).with("location", redirect);
    }
    match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "tools/call" => {
            let scope = request.body["params"]["name"].as_str().unwrap_or_default();
            if token.scopes.iter().any(|granted| granted == scope) {
                let text = format!("{} {}", token.subject, token.scopes.join(" "));
                let content = json!([{ "type": "text", "text": text }]);
                return Reply::result(
                    request,
                    json!({ "resultType": "complete", "content": content }),
                );
            }
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            Reply::status(403).with("www-authenticate", &challenge)
        }
        _ => Reply::status(404),
    }
}

pub(crate) fn discovered() -> Value {
    json!({
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": { "tools": {} },
        "ttlMs": 0,
        "cacheScope": "private",
    })
}

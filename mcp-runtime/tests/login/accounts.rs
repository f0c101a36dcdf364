//! Logins that the user starts and ends, and connections that use them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::Error;
use mcp_runtime::client::auth::secrecy::{ExposeSecret as _, SecretString};
use mcp_runtime::client::auth::{
    AuthErrorKind, Credentials, FileStorage, Login, Logout, MemoryStorage, StorageFuture,
    StorageKey, StorageLock, TokenStorage,
};
use serde_json::{Value, json};

use crate::protected::{Faults, Protected, call};
use crate::trickle::{HttpServer, Reply};

async fn protected() -> Protected {
    let faults = Faults { challenge: "scope=\"read\"".to_owned(), ..Faults::default() };
    Protected::with(faults).await
}

fn stored(storage: &Arc<MemoryStorage>) -> Login {
    Login::stored().storage(Arc::clone(storage))
}

#[tokio::test]
async fn a_stored_login_is_used_and_asks_no_user() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let error = server.refused(stored(&storage)).await;
    assert_eq!(error.kind, AuthErrorKind::LoginRequired);
    assert_eq!(error.server.as_deref(), Some(&*server.http.url));
    assert_eq!(error.to_string(), format!("{} requires a login", server.http.url));
    assert_eq!((server.asked("/register"), server.asked("/authorize")), (0, 0));

    let login = server.auth.login().storage(Arc::clone(&storage));
    let token = login.log_in(&server.http.url).await.unwrap();
    assert_eq!(token.scopes, ["read"]);
    assert_eq!((&*token.issuer, &*token.resource), (server.auth.issuer(), &*server.http.url));
    assert!(token.is_renewable && !token.is_bound && token.expires_at.is_some());
    assert!(!format!("{token:?}").contains(token.token.expose_secret()));

    let refused_before = unauthorized(&server);
    let client = server.connect(stored(&storage)).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
    assert_eq!(unauthorized(&server), refused_before, "the first request had the token");
    // Another scope needs the user.
    let Err(Error::Auth(error)) = call(&client, "write").await else { panic!("it was allowed") };
    assert_eq!(
        (error.kind, &*error.scopes.join(" ")),
        (AuthErrorKind::LoginRequired, "read write")
    );
    // Once the user has logged in with it, the open connection uses it.
    login.scopes(["write"]).log_in(&server.http.url).await.unwrap();
    assert_eq!(call(&client, "write").await.unwrap(), "user read write");
}

/// Number of requests to the server without a token.
fn unauthorized(server: &Protected) -> usize {
    let heard = server.http.heard.lock().unwrap();
    let without =
        |it: &&crate::trickle::Request| it.path == "/mcp" && it.header("authorization").is_none();
    heard.iter().filter(without).count()
}

#[tokio::test]
async fn a_stored_token_is_renewed_until_it_cannot_be() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let url = &server.http.url;
    assert!(stored(&storage).access_token(url).await.unwrap().is_none());
    server.auth.announced_lifetime(Duration::ZERO);
    let login = server.auth.login().storage(Arc::clone(&storage));
    let first = login.log_in(url).await.unwrap();
    server.auth.announced_lifetime(Duration::from_secs(3600));
    let second = stored(&storage).access_token(url).await.unwrap().unwrap();
    assert_ne!(first.token.expose_secret(), second.token.expose_secret());
    assert!(server.auth.verify(second.token.expose_secret()).is_some());
    let third = stored(&storage).access_token(url).await.unwrap().unwrap();
    assert_eq!(third.token.expose_secret(), second.token.expose_secret());
    assert_eq!(server.asked("/token"), 2);

    server.auth.announced_lifetime(Duration::ZERO);
    server.auth.revoke_tokens();
    server.connect(stored(&storage)).await.unwrap();
    server.auth.revoke_refresh_tokens();
    server.auth.revoke_tokens();
    let error = stored(&storage).access_token(url).await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::LoginRequired);
    assert_eq!(error.scopes, ["read"]);
    assert_eq!(server.refused(stored(&storage)).await.kind, AuthErrorKind::LoginRequired);
    assert_eq!(server.asked("/authorize"), 1);
}

#[tokio::test]
async fn a_logout_revokes_the_tokens() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let url = &server.http.url;
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::NotLoggedIn);
    let login = server.auth.login().storage(Arc::clone(&storage));
    let token = login.log_in(url).await.unwrap();
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::Revoked);
    assert!(server.auth.verify(token.token.expose_secret()).is_none());
    assert!(stored(&storage).access_token(url).await.unwrap().is_none());

    login.log_in(url).await.unwrap();
    server.auth.fail_next("/revoke", "invalid_client");
    let error = stored(&storage).log_out(url).await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::Token);
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::NotLoggedIn);

    server.auth.metadata(|metadata| metadata["revocation_endpoint"] = Value::Null);
    login.log_in(url).await.unwrap();
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::Removed);
}

#[tokio::test]
async fn a_token_is_used_until_it_expires_if_it_is_not_renewed() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let url = &server.http.url;
    let login = server.auth.login().storage(Arc::clone(&storage));
    // A stored token is renewed half a minute before it expires.
    server.auth.announced_lifetime(Duration::from_secs(25));
    let token = login.log_in(url).await.unwrap();
    for document in [json!({}), json!({ "error": "temporarily_unavailable" })] {
        server.auth.answer_next("/token", 503, document);
        let same = stored(&storage).access_token(url).await.unwrap().unwrap();
        assert_eq!(same.token.expose_secret(), token.token.expose_secret());
    }
    assert_eq!(server.asked("/token"), 3);

    server.auth.announced_lifetime(Duration::ZERO);
    login.log_in(url).await.unwrap();
    for (status, is_unreachable) in [(503, true), (404, false)] {
        server.auth.answer_next("/token", status, json!({}));
        let error = stored(&storage).access_token(url).await.unwrap_err();
        assert_eq!((error.kind, error.is_unreachable), (AuthErrorKind::Token, is_unreachable));
    }
    server.auth.metadata(|metadata| metadata["token_endpoint"] = json!("http://127.0.0.1:1/"));
    let error = stored(&storage).access_token(url).await.unwrap_err();
    assert_eq!((error.kind, error.is_unreachable), (AuthErrorKind::Token, true));
}

#[tokio::test]
async fn a_connection_stores_no_tokens_after_a_logout() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let url = &server.http.url;
    // The connection renews its token before each request, which works because none is revoked.
    server.auth.announced_lifetime(Duration::ZERO);
    server.auth.metadata(|metadata| metadata["revocation_endpoint"] = Value::Null);
    server.auth.login().storage(Arc::clone(&storage)).log_in(url).await.unwrap();
    let client = server.connect(stored(&storage)).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::Removed);
    let before = server.asked("/token");
    let Err(Error::Auth(error)) = call(&client, "read").await else { panic!("it was allowed") };
    assert_eq!(error.kind, AuthErrorKind::LoginRequired);
    assert_eq!(server.asked("/token"), before);
    assert!(stored(&storage).access_token(url).await.unwrap().is_none());
}

#[tokio::test]
async fn a_connection_renews_the_token_of_the_latest_login() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let login = server.auth.login().storage(Arc::clone(&storage));
    // Each token is renewed before it is used.
    server.auth.announced_lifetime(Duration::ZERO);
    server.auth.subject("ann");
    login.log_in(&server.http.url).await.unwrap();
    let client = server.connect(stored(&storage)).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "ann read");
    server.auth.subject("bob");
    login.log_in(&server.http.url).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "bob read");
    let other = server.connect(stored(&storage)).await.unwrap();
    assert_eq!(call(&other, "read").await.unwrap(), "bob read");
}

#[tokio::test]
async fn a_logout_removes_tokens_that_the_server_no_longer_accepts() {
    let server = protected().await;
    let storage = Arc::new(MemoryStorage::new());
    let url = &server.http.url;
    server.auth.login().storage(Arc::clone(&storage)).log_in(url).await.unwrap();
    let mut metadata = server.auth.protected_resource(url);
    metadata["dpop_bound_access_tokens_required"] = json!(true);
    server.faults.lock().unwrap().metadata = Some(metadata);
    assert!(stored(&storage).access_token(url).await.unwrap().is_none());
    assert_eq!(stored(&storage).log_out(url).await.unwrap(), Logout::Revoked);
    let key = StorageKey::tokens(server.auth.issuer(), url);
    assert!(storage.load(&key).await.unwrap().is_none());
}

/// A storage that records its locks, and the changes of tokens.
#[derive(Default)]
struct Recording {
    storage: MemoryStorage,
    steps: Mutex<Vec<&'static str>>,
}

impl Recording {
    fn record(&self, step: &'static str) {
        self.steps.lock().unwrap().push(step);
    }

    /// The steps since the last call.
    fn steps(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.steps.lock().unwrap())
    }
}

impl TokenStorage for Recording {
    fn load<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, Option<SecretString>> {
        self.storage.load(key)
    }

    fn save<'a>(&'a self, key: &'a StorageKey, value: SecretString) -> StorageFuture<'a, ()> {
        if key.resource.is_some() {
            self.record("save");
        }
        self.storage.save(key, value)
    }

    fn remove<'a>(&'a self, key: &'a StorageKey) -> StorageFuture<'a, ()> {
        if key.resource.is_some() {
            self.record("remove");
        }
        self.storage.remove(key)
    }

    fn lock(&self) -> StorageFuture<'_, StorageLock> {
        self.record("lock");
        Box::pin(std::future::ready(Ok(StorageLock::none())))
    }
}

#[tokio::test]
async fn tokens_change_while_the_storage_is_locked() {
    let server = protected().await;
    let storage = Arc::new(Recording::default());
    let url = &server.http.url;
    server.auth.client("robot", Some("hidden"));
    let credentials = Credentials::secret("robot", "hidden");
    let machine = Login::client_credentials(server.auth.issuer(), credentials);
    machine.storage(Arc::clone(&storage)).log_in(url).await.unwrap();
    assert_eq!(storage.steps(), ["lock", "save"]);
    server.auth.announced_lifetime(Duration::ZERO);
    server.auth.login().storage(Arc::clone(&storage)).log_in(url).await.unwrap();
    assert_eq!(storage.steps(), ["lock", "save"]);
    let stored = Login::stored().storage(Arc::clone(&storage));
    stored.access_token(url).await.unwrap();
    assert_eq!(storage.steps(), ["lock", "save"]);
    stored.log_out(url).await.unwrap();
    assert_eq!(storage.steps(), ["lock", "remove"]);
}

#[tokio::test]
async fn the_secret_of_a_machine_is_not_stored() {
    let server = protected().await;
    server.auth.client("robot", Some("hidden"));
    let directory = Directory::new("machine");
    let credentials = Credentials::secret("robot", "hidden");
    let login = Login::client_credentials(server.auth.issuer(), credentials);
    let token = login.storage(FileStorage::new(directory.tokens())).log_in(&server.http.url).await;
    assert!(!token.unwrap().is_renewable);
    let text = std::fs::read_to_string(directory.tokens()).unwrap();
    assert!(text.contains("robot") && !text.contains("hidden"), "{text}");
    let login = Login::stored().storage(FileStorage::new(directory.tokens()));
    let client = server.connect(login).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "robot read");
}

#[tokio::test]
async fn processes_that_share_a_file_renew_once() {
    let server = protected().await;
    let directory = Directory::new("shared");
    // Each has a storage of its own, as processes have.
    let storage = || FileStorage::new(directory.tokens());
    server.auth.announced_lifetime(Duration::ZERO);
    server.auth.login().storage(storage()).log_in(&server.http.url).await.unwrap();
    server.auth.announced_lifetime(Duration::from_secs(3600));
    let renewals: Vec<_> = (0..8)
        .map(|_| {
            let (login, url) = (Login::stored().storage(storage()), server.http.url.clone());
            tokio::spawn(async move { login.access_token(&url).await.unwrap().unwrap() })
        })
        .collect();
    let mut tokens = Vec::new();
    for renewal in renewals {
        tokens.push(renewal.await.unwrap().token.expose_secret().to_owned());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), server.asked("/token")), (1, 2));
}

#[tokio::test]
async fn a_server_that_requires_no_login_is_reported() {
    let server = HttpServer::start(|_| Reply::status(404)).await;
    let error = Login::browser().log_in(&server.url).await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::Unsupported);
    assert!(error.to_string().contains("requires no login"), "{error}");
    let error = Login::browser().log_in("http://example.com/mcp").await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::Configuration);
    let error = Login::browser().log_in("no URL").await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::Configuration);
}

/// A directory that is removed in the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("accounts-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn tokens(&self) -> PathBuf {
        self.0.join("tokens.json")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

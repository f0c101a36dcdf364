//! Tokens are for one server, and for no log.

use std::fmt;
use std::sync::{Arc, Mutex};

use mcp_runtime::client::auth::{Credentials, Login, StorageKey};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::protected::{Faults, Protected, call};
use crate::trickle::{HttpServer, Reply};

#[tokio::test]
async fn tokens_are_not_sent_to_where_a_server_redirects() {
    let trap = HttpServer::start(|_| Reply::status(200)).await;
    let server = Protected::start().await;
    server.faults.lock().unwrap().redirect = Some(trap.url.clone());
    assert!(server.connect(server.auth.login()).await.is_err());
    assert!(trap.heard.lock().unwrap().is_empty());
}

/// Collects all that is traced.
#[derive(Clone, Default)]
struct Traced(Arc<Mutex<String>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Traced {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Fields<'a>(&'a mut String);

        impl tracing::field::Visit for Fields<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?} "));
            }
        }

        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
}

#[tokio::test]
async fn secrets_are_neither_logged_nor_shown() {
    let traced = Traced::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(traced.clone()));
    let faults = Faults { challenge: "scope=\"read\"".to_owned(), ..Faults::default() };
    let server = Protected::with(faults).await;
    server.auth.client("mine", Some("my-own-secret"));
    let credentials = Credentials::secret("mine", "my-own-secret");
    let login = server.auth.login().registered(server.auth.issuer(), credentials.clone());
    let mut shown = format!("{login:?} {credentials:?} {:?}", server.auth);
    let client = server.connect(login).await.unwrap();
    server.auth.revoke_tokens();
    call(&client, "read").await.unwrap();
    server.auth.scopes(["read"]);
    let error = call(&client, "write").await.unwrap_err();
    let machine = Login::client_credentials("https://a.example", credentials);
    shown.push_str(&format!(
        "{client:?} {error:?} {error} {machine:?} {:?}",
        server.auth.requests()
    ));
    shown.push_str(&traced.0.lock().unwrap());
    let mut secrets = vec!["my-own-secret".to_owned()];
    for request in server.auth.requests() {
        for name in ["code", "code_verifier", "refresh_token", "client_secret"] {
            secrets.extend(request.parameters.get(name).cloned());
        }
        secrets.extend(request.authorization);
    }
    for request in server.http.heard.lock().unwrap().iter() {
        let token = request.header("authorization").map(|header| header.replace("Bearer ", ""));
        secrets.extend(token);
    }
    assert!(secrets.len() > 8, "{secrets:?}");
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} is in {shown}");
    }
}

#[tokio::test]
async fn a_token_of_one_server_is_not_used_for_another() {
    use mcp_runtime::client::auth::{MemoryStorage, TokenStorage as _};

    let (one, two) = (Protected::start().await, Protected::start().await);
    // Both servers name one issuer.
    let metadata = one.auth.protected_resource(&two.http.url);
    two.faults.lock().unwrap().metadata = Some(metadata);
    let storage = Arc::new(MemoryStorage::new());
    let login = || one.auth.login().storage(Arc::clone(&storage));
    one.connect(login()).await.unwrap();
    // The second server does not know tokens of the first issuer, and gets none of the first server.
    assert!(two.connect(login()).await.is_err());
    let tokens = |server: &Protected| -> Vec<String> {
        let heard = server.http.heard.lock().unwrap();
        heard
            .iter()
            .filter_map(|request| request.header("authorization").map(str::to_owned))
            .collect()
    };
    assert!(!tokens(&two).is_empty());
    assert!(tokens(&two).iter().all(|token| !tokens(&one).contains(token)));
    let key = StorageKey::tokens(one.auth.issuer(), &one.http.url);
    assert!(storage.load(&key).await.unwrap().is_some());
}

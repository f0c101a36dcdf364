//! An authorization server that publishes documents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::keys::Key;

#[derive(Default)]
struct Shared {
    /// Status and body by path.
    documents: HashMap<String, (u16, String)>,
    /// Paths that were requested, with the bodies and the header `Authorization`.
    requests: Vec<(String, String, String)>,
}

pub(crate) struct Issuer {
    pub(crate) url: String,
    shared: Arc<Mutex<Shared>>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Mutex<Shared>>::default();
        let state = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&state)));
            }
        });
        Self { url, shared }
    }

    /// An issuer whose metadata leads to the keys.
    pub(crate) async fn with_keys(keys: &[&Key]) -> Self {
        let issuer = Self::start().await;
        let metadata = json!({ "issuer": issuer.url, "jwks_uri": format!("{}/jwks", issuer.url) });
        issuer.publish("/.well-known/oauth-authorization-server", &metadata);
        issuer.publish_keys(keys);
        issuer
    }

    pub(crate) fn publish_keys(&self, keys: &[&Key]) {
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        self.publish("/jwks", &json!({ "keys": keys }));
    }

    pub(crate) fn publish(&self, path: &str, document: &Value) {
        self.respond(path, 200, &document.to_string());
    }

    pub(crate) fn respond(&self, path: &str, status: u16, body: &str) {
        let mut shared = self.shared.lock().unwrap();
        shared.documents.insert(path.to_owned(), (status, body.to_owned()));
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|(requested, ..)| requested == path).count()
    }

    pub(crate) fn requests(&self) -> Vec<(String, String, String)> {
        self.shared.lock().unwrap().requests.clone()
    }

    /// Claims of a token of the issuer for the site.
    pub(crate) fn claims(&self) -> Value {
        json!({
            "iss": self.url,
            "aud": crate::site::RESOURCE,
            "sub": "ann",
            "client_id": "app",
            "scope": "files:read files:write",
            "exp": crate::site::now() + 600,
            "iat": crate::site::now(),
        })
    }
}

async fn answer(stream: TcpStream, state: Arc<Mutex<Shared>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let (status, document) = {
        let mut state = state.lock().unwrap();
        let document = state.documents.get(&path).cloned();
        let body = String::from_utf8(body).ok()?;
        state.requests.push((path, body, authorization));
        document.unwrap_or((404, "{}".to_owned()))
    };
    let response = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{document}",
        document.len()
    );
    stream.write_all(response.as_bytes()).await.ok()
}

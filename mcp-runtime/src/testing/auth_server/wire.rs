//! As much of HTTP as an authorization server for tests needs.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use reqwest::Url;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Largest body, and longest line, in bytes.
const MAX_SIZE: usize = 64 << 10;

/// A request that an authorization server received. The `Debug` form shows the names of parameters only.
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthRequest {
    /// Method of HTTP.
    pub method: String,
    /// Path of the URL.
    pub path: String,
    /// Parameters of the query or of the form.
    pub parameters: BTreeMap<String, String>,
    /// Body, if it is JSON.
    pub json: Value,
    /// Header `Authorization`.
    pub authorization: Option<String>,
    /// Header `DPoP`.
    pub dpop: Option<String>,
}

impl AuthRequest {
    /// Returns a parameter; an empty text if there is none.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

impl fmt::Debug for AuthRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("parameters", &self.parameters.keys())
            .finish_non_exhaustive()
    }
}

/// A response of an authorization server.
pub(super) enum AuthResponse {
    Json(u16, Value),
    Redirect(String),
    /// The demand of a nonce.
    Nonce(String),
}

/// Reads a request.
pub(super) async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<AuthRequest> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        (&mut *stream).take(MAX_SIZE as u64).read_line(&mut line).await?;
        if line.trim().is_empty() || lines.len() > 100 {
            break;
        }
        lines.push(line);
    }
    let header = |name: &str| {
        lines.iter().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; usize::min(length, MAX_SIZE)];
    stream.read_exact(&mut body).await?;
    let mut words = lines.first().map(String::as_str).unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = format!("http://localhost{}", words.next().unwrap_or("/"));
    let mut url = Url::parse(&target).map_err(io::Error::other)?;
    let is_form = header("content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"));
    if is_form {
        url.set_query(Some(&String::from_utf8_lossy(&body)));
    }
    Ok(AuthRequest {
        method,
        path: url.path().to_owned(),
        parameters: url.query_pairs().into_owned().collect(),
        json: if is_form { Value::Null } else { serde_json::from_slice(&body).unwrap_or_default() },
        authorization: header("authorization"),
        dpop: header("dpop"),
    })
}

/// Writes a response, and closes the connection.
pub(super) async fn write(
    mut stream: BufReader<TcpStream>,
    response: AuthResponse,
) -> io::Result<()> {
    let (status, header, body) = match response {
        AuthResponse::Json(status, json) => {
            (status, "Content-Type: application/json".to_owned(), json.to_string())
        }
        AuthResponse::Nonce(nonce) => {
            let header = format!("Content-Type: application/json\r\nDPoP-Nonce: {nonce}");
            (400, header, r#"{"error":"use_dpop_nonce"}"#.to_owned())
        }
        AuthResponse::Redirect(location) => (302, format!("Location: {location}"), String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}

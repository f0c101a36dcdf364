//! The page on this machine to which the browser is redirected after a login.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::code::{AuthorizationRequest, AuthorizationResponse};
use super::error::{AuthError, AuthErrorKind};

/// Path of the page, unless the application sets another.
const PATH: &str = "/callback";

/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// Longest time in which a browser sends its request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Largest number of connections at once. Browsers open some that they do not use.
const MAX_CONNECTIONS: usize = 32;

/// A listener on this machine.
pub(crate) struct Callback {
    listener: TcpListener,
    pub(crate) redirect_uri: Url,
}

impl Callback {
    /// Listens at the URI that the application sets, or else at the one that was used before, or at any
    /// free port.
    pub(crate) async fn listen(set: Option<&str>, before: Option<Url>) -> Result<Self, AuthError> {
        if let Some(set) = set {
            let url = Url::parse(set).ok();
            let url =
                url.filter(|url| url.scheme() == "http" && is_here(url) && url.port().is_some());
            let url = url.ok_or_else(|| {
                AuthError::new(
                    AuthErrorKind::Configuration,
                    format!("expected a `redirect_uri` as `http://127.0.0.1:PORT/…`, got `{set}`"),
                )
            })?;
            return Self::at(url).await.map_err(|error| failed(&error));
        }
        let before = before.filter(|url| is_here(url) && url.port().is_some());
        if let Some(before) = before
            && let Ok(callback) = Self::at(before).await
        {
            return Ok(callback);
        }
        let bind = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let port = listener.local_addr()?.port();
            let redirect_uri = Url::parse(&format!("http://127.0.0.1:{port}{PATH}"));
            Ok(Self { listener, redirect_uri: redirect_uri.map_err(io::Error::other)? })
        };
        bind.await.map_err(|error: io::Error| failed(&error))
    }

    async fn at(redirect_uri: Url) -> io::Result<Self> {
        let address =
            SocketAddr::from((Ipv4Addr::LOCALHOST, redirect_uri.port().unwrap_or_default()));
        Ok(Self { listener: TcpListener::bind(address).await?, redirect_uri })
    }

    /// Names this machine by `localhost`, for authorization servers that accept no addresses.
    pub(crate) fn by_name(&mut self) -> Result<(), AuthError> {
        let renamed = self.redirect_uri.set_host(Some("localhost"));
        renamed.map_err(|error| failed(&io::Error::other(error)))
    }

    /// Waits for the response to a request. Requests of anything else are answered and ignored.
    pub(crate) async fn response(
        &self,
        request: &AuthorizationRequest,
    ) -> Result<AuthorizationResponse, AuthError> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    let (connection, _) = accepted.map_err(|error| failed(&error))?;
                    connections.spawn(tokio::time::timeout(HEAD_TIMEOUT, target(connection)));
                }
                Some(read) = connections.join_next() => {
                    let Ok(Ok(Ok((connection, target)))) = read else { continue };
                    if let Some(response) = self.answer(connection, &target, request).await {
                        return Ok(response);
                    }
                }
            }
        }
    }

    /// Answers a request of the browser. Returns the response that it carries.
    async fn answer(
        &self,
        connection: TcpStream,
        target: &str,
        request: &AuthorizationRequest,
    ) -> Option<AuthorizationResponse> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let response = (path == self.redirect_uri.path())
            .then(|| AuthorizationResponse::of_query(query).ok())
            .flatten()
            // Only the authorization server of this login knows the state.
            .filter(|response| request.is_answered_by(response));
        let (status, text) = match &response {
            Some(_) => ("200 OK", "You can close this page, and return to the application."),
            None => {
                ("404 Not Found", "This address belongs to a login that is in progress elsewhere.")
            }
        };
        // The page may be gone. The response is not.
        let _ = tokio::time::timeout(HEAD_TIMEOUT, write(connection, status, text)).await;
        response
    }
}

/// Returns `true` for a URI at which this client can listen.
fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost"))
}

/// Reads the target of a GET request.
async fn target(mut connection: TcpStream) -> io::Result<(TcpStream, String)> {
    let mut head = Vec::new();
    loop {
        let mut chunk = [0; 2048];
        let length = connection.read(&mut chunk).await?;
        head.extend_from_slice(&chunk[..length]);
        if head.windows(4).any(|window| window == b"\r\n\r\n") {
            break;
        }
        if length == 0 || head.len() > MAX_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(io::Error::other)?;
    let target = line.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
    let target = target.ok_or(io::ErrorKind::InvalidData)?.to_owned();
    Ok((connection, target))
}

/// Writes a page. Nothing of the request is repeated in it.
async fn write(mut connection: TcpStream, status: &str, text: &str) -> io::Result<()> {
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Login</title><p>{text}</p>");
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    connection.write_all(response.as_bytes()).await?;
    connection.shutdown().await
}

fn failed(error: &io::Error) -> AuthError {
    AuthError::new(AuthErrorKind::Interaction, format!("listening for the browser failed: {error}"))
}

//! Tokens that are stored in a program, and verifiers of one's own.

use mcp_runtime::Principal;
use mcp_runtime::authorization::{AccessToken, Auth, TokenError, TokenVerifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::site::{self, RESOURCE, bearer, call, send, service};

fn auth() -> Auth<mcp_runtime::authorization::StaticTokens> {
    Auth::static_tokens([
        ("reader-token", Principal::new("ann").scoped(["read"])),
        ("writer-token", Principal::new("bob").scoped(["read", "write"])),
    ])
}

#[tokio::test]
async fn each_token_has_its_principal() {
    let service = service(auth().allow_in_service().required_scopes(["read"]));
    assert_eq!(bearer(&service, "reader-token").await.who()["subject"], "ann");
    assert_eq!(bearer(&service, "writer-token").await.who()["scopes"][1], "write");
    for token in ["reader-toke", "reader-token1", "READER-TOKEN", "a"] {
        assert_eq!(bearer(&service, token).await.status, 401, "{token}");
    }
    // There is no authorization server to lead to.
    let answer = send(&service, call()).await;
    assert_eq!(answer.challenge(), "Bearer scope=\"read\"");
    assert!(service.protected_resource_metadata().is_none());
}

#[tokio::test]
async fn they_are_for_loopback_only() {
    let error = site::server().require_auth(auth()).into_service().map(drop).unwrap_err();
    assert!(error.to_string().contains("allow_in_service"), "{error}");
    let everywhere = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = site::server().require_auth(auth()).serve_listener(everywhere, async {}).await;
    assert!(served.unwrap_err().report().to_string().contains("loopback"));
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(address).await else { continue };
        let served = site::server().require_auth(auth()).serve_listener(listener, async {}).await;
        assert!(served.is_ok(), "{address}: {served:?}");
    }
    let none: [(&str, Principal); 0] = [];
    let empty = Auth::static_tokens(none).allow_in_service();
    assert!(site::server().require_auth(empty).into_service().is_err());
    let empty = Auth::static_tokens([("", Principal::new("ann"))]).allow_in_service();
    assert!(site::server().require_auth(empty).into_service().is_err());
}

/// Requests as bytes, at a server that listens, by its own name and by that of a proxy in front.
#[tokio::test]
async fn headers_are_read_as_they_are_sent() {
    let listening = site::Listening::start(auth()).await;
    let address = listening.address;
    let long = [b"authorization: Bearer ".as_slice(), &[b'a'; 20_000], b"\r\n"].concat();
    let rows: [(&[u8], u16); 17] = [
        (b"authorization: Bearer reader-token\r\n", 200),
        (b"AUTHORIZATION:bearer reader-token\r\n", 200),
        (b"authorization: \tBearer \t reader-token \t\r\n", 200),
        (b"", 401),
        (b"authorization: Bearer other\r\n", 401),
        (b"authorization: Basic cmVhZGVyOnRva2Vu\r\n", 401),
        (b"x-authorization: Bearer reader-token\r\n", 401),
        (b"authorization:\r\n", 400),
        (b"authorization: Bearer\r\n", 400),
        (b"authorization: Bearer a b\r\n", 400),
        (b"authorization: Bearer \xff\r\n", 400),
        (b"authorization: Bearer reader-token\0\r\n", 400),
        (b"authorization: Bearer\r\n reader-token\r\n", 400),
        (b"authorization : Bearer reader-token\r\n", 400),
        (b"authorization: Bearer reader-token\r\nAuthorization: Bearer reader-token\r\n", 400),
        (b"authorization: Bearer other\r\nauthorization: Bearer reader-token\r\n", 400),
        (&long, 400),
    ];
    for host in ["localhost", "mcp.example.com"] {
        for (header, status) in rows {
            let body = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}"#;
            let head = format!(
                "POST /mcp HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\naccept: application/json, text/event-stream\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n",
                body.len()
            );
            let request = [head.as_bytes(), header, b"\r\n", body.as_bytes()].concat();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&request).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer);
            let shown = String::from_utf8_lossy(&header[..header.len().min(80)]);
            let got = answer.split(' ').nth(1).unwrap_or_default();
            assert_eq!(got, status.to_string(), "{host} {shown}: {answer}");
        }
    }
    listening.end().await;
}

struct Own;

impl TokenVerifier for Own {
    async fn verify(
        &self,
        token: AccessToken<'_>,
        resource: &str,
    ) -> Result<Principal, TokenError> {
        assert_eq!(resource, RESOURCE);
        assert!(!format!("{token:?}").contains(token.as_str()));
        match token.as_str() {
            "good" => Ok(Principal::new("ann").scoped(["a"])),
            "down" => Err(TokenError::unavailable("the database is down")),
            _ => Err(TokenError::invalid("it is \"not\" known\r\nx: y")),
        }
    }
}

#[tokio::test]
async fn a_verifier_of_ones_own_decides() {
    let auth = || Auth::verifier(Own).audience(RESOURCE);
    let error = site::server().require_auth(auth()).into_service().map(drop).unwrap_err();
    assert!(error.to_string().contains("authorization_servers"), "{error}");
    let service = service(auth().authorization_servers(["https://login.example.com"]));
    assert_eq!(bearer(&service, "good").await.who()["subject"], "ann");
    let answer = bearer(&service, "down").await;
    assert_eq!(answer.status, 503);
    assert!(!answer.body.contains("database"), "{answer:?}");
    let answer = bearer(&service, "bad").await;
    assert_eq!(answer.status, 401);
    let challenge = answer.challenge();
    assert!(challenge.contains("it is ?not? known??x: y"), "{challenge}");
}

#[test]
fn nothing_shows_a_token() {
    let auth = auth();
    assert!(!format!("{auth:?}").contains("token\""));
    let server = site::server().require_auth(auth);
    assert!(!format!("{server:?}").contains("reader"));
}

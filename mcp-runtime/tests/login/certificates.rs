//! Certificates of authorization servers.

use std::sync::Arc;

use mcp_runtime::client::auth::{AuthError, AuthErrorKind, Login};
use mcp_runtime::client::{Client, Error};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

use crate::trickle::{HttpServer, Reply};

/// Answers each request over TLS by metadata of another issuer.
async fn serve_tls(listener: tokio::net::TcpListener) {
    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("../client/tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../client/tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // Fails for a client that does not trust the certificate.
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let body = r#"{"issuer":"https://another.example"}"#;
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        let _ = stream.shutdown().await;
    }
}

#[tokio::test]
async fn root_certificates_of_a_client_are_those_of_its_login() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("https://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(serve_tls(listener));
    let server = HttpServer::start(move |request| {
        let resource = format!("http://{}/mcp", request.header("host").unwrap_or_default());
        match &*request.method {
            "GET" => Reply::json(
                200,
                &json!({ "resource": resource, "authorization_servers": [issuer] }),
            ),
            _ => Reply::status(401).with("www-authenticate", "Bearer"),
        }
    });
    let server = server.await;
    let refused = async |roots: Option<&str>| -> AuthError {
        let login = Login::headless(|_| async { Err::<String, _>("the login went on") });
        let mut client = Client::http(&server.url).login(login);
        if let Some(roots) = roots {
            client = client.root_certificates(roots);
        }
        let Err(Error::Auth(error)) = client.connect().await else { panic!("it connected") };
        error
    };
    let error = refused(None).await;
    assert_eq!(error.kind, AuthErrorKind::Discovery);
    assert!(error.to_string().contains("certificate"), "{error}");
    // With the certificate, the document is read.
    let error = refused(Some(include_str!("../client/tls/root.pem"))).await;
    assert_eq!(error.kind, AuthErrorKind::IssuerMismatch, "{error}");
    serving.abort();
}

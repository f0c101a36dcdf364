//! Logins of people: in a browser here, on another device, and by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::auth::{AuthErrorKind, Login};
use mcp_runtime::client::reqwest;
use mcp_runtime::testing::AuthServer;

use crate::protected::Protected;

async fn get(url: &str) -> (u16, String, String) {
    let response = reqwest::get(url).await.unwrap();
    let (status, headers) = (response.status().as_u16(), format!("{:?}", response.headers()));
    (status, headers, response.text().await.unwrap())
}

#[tokio::test]
async fn the_browser_is_redirected_to_this_machine() {
    let server = Protected::start().await;
    let pages = Arc::new(Mutex::new(Vec::new()));
    let opened = Arc::clone(&pages);
    let login = Login::browser().on_open(move |url| {
        let (url, opened) = (url.to_owned(), Arc::clone(&opened));
        tokio::spawn(async move {
            let redirect = AuthServer::agree(&url).await.unwrap();
            let (address, _) = redirect.split_once('?').unwrap();
            // Others may try before: without the state, they are not heard.
            let attacks = ["?code=x&state=y", "?state=", "", "?error=access_denied&iss=<script>"];
            for attack in attacks {
                let page = get(&format!("{address}{attack}")).await;
                opened.lock().unwrap().push(page);
            }
            let other = address.replace("/callback", "/favicon.ico");
            let page = get(&other).await;
            opened.lock().unwrap().push(page);
            let page = get(&redirect).await;
            opened.lock().unwrap().push(page);
        });
        Ok::<_, String>(())
    });
    server.connect(login).await.unwrap();
    let asked = &server.auth.requests_to("/authorize")[0];
    assert!(asked.parameter("redirect_uri").starts_with("http://127.0.0.1:"));
    let pages = pages.lock().unwrap();
    assert!(pages[..5].iter().all(|(status, ..)| *status == 404), "{pages:?}");
    for (_, headers, text) in pages.iter() {
        assert!(headers.contains("default-src 'none'"), "{headers}");
        assert!(!text.contains("script") && !text.contains("code"), "{text}");
    }
}

#[tokio::test]
async fn a_user_who_does_not_come_back_is_not_awaited_for_ever() {
    let server = Protected::start().await;
    let login =
        Login::browser().on_open(|_| Ok::<_, String>(())).timeout(Duration::from_millis(50));
    let error = server.refused(login).await;
    assert_eq!(error.kind, AuthErrorKind::Interaction);
    assert!(error.to_string().contains("within 50ms"), "{error}");
}

#[tokio::test]
async fn a_user_brings_the_address_back() {
    let server = Protected::start().await;
    let login = Login::manual(|url| async move {
        let redirect = AuthServer::agree(&url).await?;
        Ok::<_, std::io::Error>(format!(" {redirect}\n"))
    });
    server.connect(login).await.unwrap();
    let login = Login::manual(|_| async { Err::<String, _>("the user left") });
    let error = server.refused(login).await;
    assert_eq!(error.kind, AuthErrorKind::Interaction);
    assert!(error.to_string().contains("the user left"), "{error}");
    for text in ["", "x", "https://evil.example/callback?code=c&state=s", "code=c&state=s"] {
        let login = Login::manual(move |_| async move { Ok::<_, String>(text.to_owned()) });
        assert_eq!(server.refused(login).await.kind, AuthErrorKind::Authorization, "{text}");
    }
}

#[tokio::test]
async fn a_user_enters_a_code_on_another_device() {
    let server = Protected::start().await;
    let shown = Arc::new(Mutex::new(String::new()));
    let show = Arc::clone(&shown);
    let login =
        Login::device().on_device_code(move |code| *show.lock().unwrap() = code.to_string());
    server.connect(login).await.unwrap();
    let expected =
        format!("To log in, open {}/enter and enter the code WDJB-MJHT", server.auth.issuer());
    assert_eq!(*shown.lock().unwrap(), expected);
    for path in ["/device", "/token"] {
        assert_eq!(server.auth.requests_to(path)[0].parameter("resource"), server.http.url);
    }
    let document = serde_json::json!({
        "device_code": "d", "user_code": "u", "verification_uri": "javascript:alert(1)", "expires_in": 1,
    });
    server.auth.answer_next("/device", 200, document);
    let login = Login::device().on_device_code(|_| panic!("it was shown"));
    assert_eq!(server.refused(login).await.kind, AuthErrorKind::Authorization);
}

#[tokio::test]
async fn redirect_uris_are_of_this_machine_or_of_https() {
    let server = Protected::start().await;
    for uri in ["http://example.com/callback", "no URL", "ftp://localhost/x"] {
        let error = server.refused(server.auth.login().redirect_uri(uri)).await;
        assert_eq!(error.kind, AuthErrorKind::Configuration, "{uri}");
        let error = server.refused(Login::browser().redirect_uri(uri)).await;
        assert_eq!(error.kind, AuthErrorKind::Configuration, "{uri}");
    }
    server.connect(server.auth.login().redirect_uri("https://app.example/done")).await.unwrap();
    assert_eq!(server.auth.requests_to("/register")[0].json["application_type"], "web");
}

#[tokio::test]
async fn a_slow_user_is_no_slow_server() {
    let server = Protected::start().await;
    let login = Login::headless(|url| async move {
        // Longer than the server may take.
        let slow = std::future::pending::<()>();
        let _ = tokio::time::timeout(Duration::from_millis(900), slow).await;
        AuthServer::agree(&url).await
    });
    let client = mcp_runtime::client::Client::http(&server.http.url)
        .era(mcp_runtime::client::Era::Modern)
        .handshake_timeout(Duration::from_millis(600))
        .login(login);
    client.connect().await.unwrap();
}

#[tokio::test]
async fn an_authorization_server_may_accept_names_only() {
    let server = Protected::start().await;
    server.auth.fail_next("/register", "invalid_redirect_uri");
    let login = Login::browser().on_open(|url| {
        let url = url.to_owned();
        tokio::spawn(async move { get(&AuthServer::agree(&url).await.unwrap()).await });
        Ok::<_, String>(())
    });
    let client = server.connect(login.clone()).await.unwrap();
    let registered = server.auth.requests_to("/register");
    let uri = registered[1].json["redirect_uris"][0].as_str().unwrap();
    assert!(uri.starts_with("http://localhost:"), "{uri}");
    // The next login uses the same URI, because it is the registered one.
    drop(client);
    server.auth.revoke_tokens();
    server.auth.revoke_refresh_tokens();
    server.connect(login).await.unwrap();
    assert_eq!((server.asked("/register"), server.asked("/authorize")), (2, 2));
    assert_eq!(server.auth.requests_to("/authorize")[1].parameter("redirect_uri"), uri);
}

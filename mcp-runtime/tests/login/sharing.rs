//! Results that are cached: those of one user are not given to another.

use std::sync::Arc;

use mcp_runtime::client::auth::{Login, MemoryStorage};
use mcp_runtime::client::{Cache, Client, Era};
use mcp_runtime::testing::AuthServer;
use serde_json::json;

use crate::protected::discovered;
use crate::trickle::{HttpServer, Reply, Request};

/// A server whose list has one tool, with the name of the caller. It may be kept for ten minutes.
async fn personal(auth: &Arc<AuthServer>) -> HttpServer {
    let auth = Arc::clone(auth);
    HttpServer::start(move |request| answer(request, &auth)).await
}

fn answer(request: &Request, auth: &AuthServer) -> Reply {
    let resource = format!("http://{}/mcp", request.header("host").unwrap_or_default());
    if request.method == "GET" {
        return Reply::json(200, &auth.protected_resource(&resource));
    }
    let token = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let Some(token) = token.and_then(|token| auth.verify(token)) else {
        return Reply::status(401).with("www-authenticate", "Bearer");
    };
    let content = json!([{ "type": "text", "text": token.subject }]);
    match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "tools/list" => Reply::result(
            request,
            json!({
                "resultType": "complete",
                "tools": [{ "name": token.subject, "inputSchema": { "type": "object" } }],
                "ttlMs": 600_000,
                "cacheScope": "private",
            }),
        ),
        _ => Reply::result(request, json!({ "resultType": "complete", "content": content })),
    }
}

async fn connect(server: &HttpServer, login: Login, cache: &Cache) -> Client {
    let client = Client::http(&server.url).era(Era::Modern).cache(cache.clone());
    client.login(login).connect().await.unwrap()
}

async fn listed(client: &Client) -> String {
    client.tools().all().await.unwrap()[0].name.clone()
}

#[tokio::test]
async fn users_who_share_a_cache_share_no_results() {
    let auth = Arc::new(AuthServer::start().await.unwrap());
    let server = personal(&auth).await;
    let cache = Cache::default();
    for user in ["ann", "bob", "ann"] {
        auth.subject(user);
        let client = connect(&server, auth.login(), &cache).await;
        assert_eq!(listed(&client).await, user);
        assert_eq!(listed(&client).await, user);
    }
    assert_eq!(server.asked("tools/list").len(), 3);
}

/// Two programs with one storage: in the second one, another user logs in.
#[tokio::test]
async fn the_user_of_a_storage_may_change() {
    let auth = Arc::new(AuthServer::start().await.unwrap());
    let server = personal(&auth).await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || auth.login().storage(Arc::clone(&storage));
    auth.subject("ann");
    let first = connect(&server, login(), &Cache::default()).await;
    assert_eq!(listed(&first).await, "ann");
    auth.revoke_tokens();
    auth.revoke_refresh_tokens();
    auth.subject("bob");
    connect(&server, login(), &Cache::default()).await;
    // The token of the storage is Bob's by now.
    let called = first.call("any", ()).await.unwrap();
    assert_eq!(called.content[0].as_text(), Some("bob"));
    assert_eq!(listed(&first).await, "bob");
    assert_eq!(auth.requests_to("/authorize").len(), 2);
}

/// A stored token that is renewed at once is that of another user as well.
#[tokio::test]
async fn the_user_of_a_storage_may_change_and_have_an_old_token() {
    let auth = Arc::new(AuthServer::start().await.unwrap());
    let server = personal(&auth).await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || auth.login().storage(Arc::clone(&storage));
    auth.subject("ann");
    let first = connect(&server, login(), &Cache::default()).await;
    assert_eq!(listed(&first).await, "ann");
    auth.revoke_tokens();
    auth.revoke_refresh_tokens();
    auth.subject("bob");
    auth.announced_lifetime(std::time::Duration::ZERO);
    connect(&server, login(), &Cache::default()).await;
    auth.announced_lifetime(std::time::Duration::from_secs(600));
    assert_eq!(first.call("any", ()).await.unwrap().content[0].as_text(), Some("bob"));
    assert_eq!(listed(&first).await, "bob");
}

#[cfg(feature = "auth-server")]
mod gateway {
    use mcp_runtime::authorization::Auth;
    use mcp_runtime::gateway::Proxy;
    use mcp_runtime::prelude::*;
    use tokio::net::TcpListener;

    use super::*;

    /// Read notes.
    #[tool]
    async fn notes() -> &'static str {
        "notes"
    }

    /// Wipe notes.
    #[tool]
    async fn wipe() -> &'static str {
        "wiped"
    }

    async fn serve(server: Server) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        tokio::spawn(server.serve_listener(listener, std::future::pending()));
        url
    }

    /// One login of the gateway upstream, and two users of the gateway who see different tools.
    #[tokio::test]
    async fn a_gateway_gives_each_user_the_list_of_that_user() {
        for era in [Era::Modern, Era::Legacy] {
            let upstream = serve(Server::new("upstream", "1").with::<(notes, wipe)>()).await;
            let proxy = Proxy::of(Client::http(&upstream).connect().await.unwrap()).await.unwrap();
            let tokens = [("ann", Principal::new("ann")), ("bob", Principal::new("bob"))];
            let gateway = Server::new("gateway", "1").proxy(proxy.prefix("up"));
            let gateway = gateway.visible(|component, caller| {
                component.key() != "up_wipe" || caller.principal().subject() == Some("ann")
            });
            let url = serve(gateway.require_auth(Auth::static_tokens(tokens))).await;
            let cache = Cache::default();
            let user = async |token: &str| {
                let client = Client::http(&url).era(era).cache(cache.clone()).bearer(token);
                client.connect().await.unwrap()
            };
            let (ann, bob) = (user("ann").await, user("bob").await);
            for _ in 0..2 {
                for (client, expected) in [(&ann, 2), (&bob, 1)] {
                    assert_eq!(client.tools().all().await.unwrap().len(), expected, "{era:?}");
                }
            }
            assert!(bob.call("up_wipe", ()).await.is_err());
            assert_eq!(ann.call("up_wipe", ()).await.unwrap().content[0].as_text(), Some("wiped"));
        }
    }

    /// What the upstream server gives to its caller alone is for no cache that others share.
    #[tokio::test]
    async fn what_is_private_upstream_is_private_at_the_gateway() {
        let auth = Arc::new(AuthServer::start().await.unwrap());
        let upstream = personal(&auth).await;
        auth.subject("gateway");
        let client = connect(&upstream, auth.login(), &Cache::default()).await;
        let proxy = Proxy::of(client).await.unwrap();
        let tokens = [("ann", Principal::new("ann"))];
        let gateway = Server::new("gateway", "1").proxy(proxy);
        let url = serve(gateway.require_auth(Auth::static_tokens(tokens))).await;
        let client = Client::http(&url).era(Era::Modern).bearer("ann").connect().await.unwrap();
        let list: serde_json::Value = client.request("tools/list", json!({})).await.unwrap();
        assert_eq!(list["cacheScope"], "private", "{list}");
        assert_eq!(list["tools"][0]["name"], "gateway");
        // The token of a user of the gateway is not passed on.
        let heard = upstream.heard.lock().unwrap();
        let tokens = heard.iter().filter_map(|request| request.header("authorization"));
        assert!(tokens.into_iter().all(|token| !token.contains("ann")));
    }
}

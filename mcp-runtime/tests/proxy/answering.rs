//! An upstream server whose answers come from a function.

use mcp_runtime::Server;
use mcp_runtime::client::{Client, ClientBuilder, Era, Stream};
use mcp_runtime::gateway::Proxy;
use serde_json::{Value, json};

use crate::gateway::connect;
use crate::peer::{Peer, discovered, initialized};

/// The result of a request, or the code of an error.
pub(crate) type Answer = Result<Value, i64>;

/// Returns the builder of a client whose server declares capabilities, and answers with a function from
/// method and parameters.
pub(crate) fn answering(
    era: Era,
    capabilities: Value,
    mut answer: impl FnMut(&str, &Value) -> Answer + Send + 'static,
) -> ClientBuilder<Stream> {
    let (mut peer, builder) = Peer::new();
    tokio::spawn(async move {
        loop {
            let asked = peer.receive().await;
            let Some(method) = asked["method"].as_str() else { continue };
            match method {
                "server/discover" | "initialize" => {
                    let mut result = match method {
                        "initialize" => initialized("2025-11-25"),
                        _ => discovered(),
                    };
                    result["capabilities"] = capabilities.clone();
                    peer.answer(&asked, result).await;
                }
                "subscriptions/listen" => {
                    let agreed = json!({
                        "_meta": { "io.modelcontextprotocol/subscriptionId": asked["id"] },
                        "notifications": asked["params"]["notifications"],
                    });
                    peer.notify("notifications/subscriptions/acknowledged", agreed).await;
                }
                _ if asked.get("id").is_none() => {}
                _ => match answer(method, &asked["params"]) {
                    Ok(mut result) => {
                        if era == Era::Modern {
                            result["resultType"] = "complete".into();
                        }
                        peer.answer(&asked, result).await;
                    }
                    Err(code) => peer.refuse(&asked, code, Value::Null).await,
                },
            }
        }
    });
    builder.era(era).forward_questions(true)
}

/// All capabilities that concern lists.
pub(crate) fn all_lists() -> Value {
    let changing = json!({ "listChanged": true });
    json!({ "tools": changing, "resources": changing, "prompts": changing, "completions": {} })
}

/// The answer to the request of a list with these items, and no items in the other lists.
pub(crate) fn items(method: &str, listed: &str, items: Value) -> Answer {
    let member = member(method).ok_or(-32601)?;
    let items = if method == listed { items } else { json!([]) };
    Ok(json!({ member: items, "ttlMs": 0, "cacheScope": "private" }))
}

/// The member of a result that holds a list.
pub(crate) fn member(method: &str) -> Option<&'static str> {
    match method {
        "tools/list" => Some("tools"),
        "resources/list" => Some("resources"),
        "resources/templates/list" => Some("resourceTemplates"),
        "prompts/list" => Some("prompts"),
        _ => None,
    }
}

/// A tool with a name.
pub(crate) fn tool(name: &str) -> Value {
    json!({ "name": name, "inputSchema": { "type": "object" } })
}

/// A client of a gateway to servers, without prefixes.
pub(crate) async fn through(
    era: Era,
    gateway: Server,
    upstreams: impl IntoIterator<Item = ClientBuilder<Stream>>,
) -> Client {
    let mut gateway = gateway;
    for upstream in upstreams {
        let client = upstream.connect().await.unwrap();
        gateway = gateway.proxy(Proxy::of(client).await.unwrap());
    }
    connect(gateway, era, |it| it).await
}

/// The keys of the items in a list.
pub(crate) async fn listed(client: &Client, method: &str) -> Vec<String> {
    let result: Value = client.request(method, json!({})).await.unwrap();
    let items = result[member(method).unwrap()].as_array().unwrap();
    let keys = items.iter().map(|item| {
        let key = ["uri", "uriTemplate", "name"].into_iter().find_map(|key| item[key].as_str());
        key.unwrap().to_owned()
    });
    keys.collect()
}

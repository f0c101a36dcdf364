//! Lists in pages: cursors of every form, and lists that do not end.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::{Error, Pages};
use mcp_runtime::protocol::Tool;
use serde_json::{Value, json};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::peer::Peer;

/// Warnings of the client.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Message(String);

        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if field.name() == "message" {
                    self.0 = format!("{value:?}");
                }
            }
        }

        if *event.metadata().level() == tracing::Level::WARN {
            let mut message = Message(String::new());
            event.record(&mut message);
            self.0.lock().unwrap().push(message.0);
        }
    }
}

impl Warnings {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn page(number: usize, next: &Value) -> Value {
    let tool = json!({ "name": format!("t{number}"), "inputSchema": { "type": "object" } });
    let mut page = json!({ "resultType": "complete", "tools": [tool] });
    if !next.is_null() {
        page["nextCursor"] = next.clone();
    }
    page
}

/// Lists the tools of a server whose pages have these cursors. Returns the number of tools, and the
/// warnings. The requests must repeat the cursors.
async fn listed(cursors: &[Value]) -> (Result<usize, Error>, Vec<String>) {
    let warnings = Warnings::default();
    let collected = tracing_subscriber::registry().with(warnings.clone());
    let _guard = tracing::subscriber::set_default(collected);
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let mut expected = &Value::Null;
        for (number, next) in cursors.iter().enumerate() {
            let asked = peer.expect("tools/list").await;
            assert_eq!(asked["params"].get("cursor").unwrap_or(&Value::Null), expected);
            peer.answer(&asked, page(number, next)).await;
            expected = next;
        }
        // No further page is requested.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, json!({ "content": [] })).await;
    };
    let ask = async {
        let tools = client.tools().all().await;
        client.call("t", ()).await.unwrap();
        tools.map(|tools| tools.len())
    };
    let (tools, ()) = tokio::join!(ask, server);
    (tools, warnings.take())
}

#[tokio::test]
async fn an_empty_cursor_is_one_like_any_other() {
    let (tools, warnings) = listed(&[json!(""), json!("a"), json!(null)]).await;
    assert_eq!((tools.unwrap(), warnings.as_slice()), (3, &[][..]));
}

#[tokio::test]
async fn a_repeated_cursor_keeps_the_pages_that_came() {
    for (cursors, shown) in [
        (vec![json!("a"), json!("a")], "`tools/list` ends after 2 pages"),
        (vec![json!(""), json!("")], "repeats the cursor \"\""),
        (vec![json!("a"), json!("b"), json!("a")], "`tools/list` ends after 3 pages"),
    ] {
        let count = cursors.len();
        let (tools, warnings) = listed(&cursors).await;
        assert_eq!(tools.unwrap(), count);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("repeats the cursor"), "{warnings:?}");
        assert!(warnings[0].contains(shown), "{warnings:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_is_no_text_ends_the_list() {
    for wrong in [json!(7), json!({}), json!(["a"]), json!(false)] {
        let (tools, warnings) = listed(&[json!("a"), wrong.clone()]).await;
        assert_eq!(tools.unwrap(), 2);
        assert!(warnings[0].contains(&format!("a string, got {wrong}")), "{warnings:?}");
    }
}

#[tokio::test]
async fn an_endless_list_keeps_the_pages_that_came() {
    let warnings = Warnings::default();
    let collected = tracing_subscriber::registry().with(warnings.clone());
    let _guard = tracing::subscriber::set_default(collected);
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        for number in 0.. {
            let asked = peer.receive().await;
            if asked["method"] == "tools/call" {
                peer.answer(&asked, json!({ "content": [] })).await;
                return number;
            }
            peer.answer(&asked, page(number, &json!(number.to_string()))).await;
        }
        0
    };
    let ask = async {
        let tools = client.tools().all().await.unwrap();
        client.call("t", ()).await.unwrap();
        tools.len()
    };
    let (tools, pages) = tokio::join!(ask, server);
    assert_eq!((tools, pages), (10_000, 10_000));
    let warnings = warnings.take();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("does not end"), "{warnings:?}");
    assert!(!warnings[0].contains("repeats"), "{warnings:?}");
}

#[tokio::test]
async fn lists_of_every_kind_may_be_null() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        for member in ["tools", "resources", "resourceTemplates", "prompts"] {
            let asked = peer.receive().await;
            peer.answer(
                &asked,
                json!({ "resultType": "complete", member: null, "nextCursor": null }),
            )
            .await;
        }
    };
    let ask = async {
        assert_eq!(client.tools().all().await.unwrap().len(), 0);
        assert_eq!(client.resources().all().await.unwrap().len(), 0);
        assert_eq!(client.templates().all().await.unwrap().len(), 0);
        assert_eq!(client.prompts().all().await.unwrap().len(), 0);
    };
    tokio::join!(ask, server);
}

#[tokio::test]
async fn a_decoration_costs_no_item_and_no_result() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/list").await;
        let tool = json!({
            "name": "t",
            "title": null,
            "inputSchema": { "type": "object" },
            "outputSchema": null,
            "annotations": { "readOnlyHint": "yes", "title": "T" },
            "icons": [{ "src": "a:b", "sizes": "48x48" }, { "src": 7 }],
            "_meta": [],
        });
        let broken = json!({ "name": "broken" });
        peer.answer(&asked, json!({ "resultType": "complete", "tools": [tool, broken] })).await;
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, json!({ "content": null, "isError": null, "_meta": null })).await;
        let asked = peer.expect("tools/call").await;
        let text = json!({ "type": "text", "text": "a", "annotations": "none", "_meta": 7 });
        peer.answer(&asked, json!({ "content": [text], "isError": null })).await;
    };
    let ask = async {
        let tools = Pages::<Tool>::all(client.tools()).await.unwrap();
        assert_eq!(tools.len(), 1);
        let annotations = tools[0].annotations.as_ref().unwrap();
        assert_eq!(annotations.read_only_hint, None);
        assert_eq!(annotations.title.as_deref(), Some("T"));
        assert_eq!(tools[0].icons.len(), 1);
        assert!(client.call("t", ()).await.unwrap().content.is_empty());
        assert_eq!(client.call("t", ()).await.unwrap().to_text(), "a");
    };
    tokio::join!(ask, server);
}

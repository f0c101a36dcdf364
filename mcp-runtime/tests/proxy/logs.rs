//! Log messages of an upstream server, which belong to the client of the call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::{Client, ClientBuilder, Era, Stream};
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{LoggingLevel, LoggingMessageParams};
use mcp_runtime::{Server, State};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::time::Instant;

use crate::gateway::{ERAS, behind};
use crate::peer::{Peer, text};
use crate::scripted;

/// Log messages received by a client.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<LoggingMessageParams>>>);

impl Log {
    /// Listener for log messages.
    pub(crate) fn listener(&self) -> impl Fn(LoggingMessageParams) + Send + Sync + 'static {
        let log = self.clone();
        move |message| log.0.lock().unwrap().push(message)
    }

    /// All messages so far.
    pub(crate) fn take(&self) -> Vec<LoggingMessageParams> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn data(&self) -> Vec<Value> {
        self.take().into_iter().map(|message| message.data).collect()
    }

    fn install(&self, builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
        builder.on_log(self.listener())
    }
}

/// Log as one works.
#[tool]
pub(crate) async fn talk(cx: &Context) -> &'static str {
    cx.log(LoggingLevel::Debug, "a detail");
    cx.log_as("db", LoggingLevel::Notice, json!({ "rows": 2 }));
    cx.log(LoggingLevel::Error, "a failure");
    "done"
}

/// Log what is read.
#[resource("x://a")]
async fn text_of_a(cx: &Context) -> &'static str {
    cx.log(LoggingLevel::Error, "read");
    "text"
}

/// Log what is asked for.
#[prompt]
async fn ask(cx: &Context) -> String {
    cx.log(LoggingLevel::Error, "asked");
    "text".into()
}

fn upstream() -> Server {
    Server::new("upstream", "1.0.0").with::<(talk, text_of_a, ask)>()
}

#[tokio::test]
async fn messages_arrive_from_the_level_that_was_asked_for() {
    for eras in ERAS {
        let log = Log::default();
        let client = behind(upstream(), eras, |builder| log.install(builder)).await;
        client.call("up_talk", ()).await.unwrap();
        // The default level of a session is `info`; in the modern era there is no default.
        let expected = if eras.0 == Era::Legacy { 2 } else { 0 };
        assert_eq!(log.take().len(), expected, "{eras:?}");
        for (level, expected) in [
            (LoggingLevel::Error, vec![json!("a failure")]),
            (LoggingLevel::Notice, vec![json!({ "rows": 2 }), json!("a failure")]),
            (
                LoggingLevel::Debug,
                vec![json!("a detail"), json!({ "rows": 2 }), json!("a failure")],
            ),
            (LoggingLevel::Critical, vec![]),
        ] {
            client.set_log_level(level).await.unwrap();
            client.call("up_talk", ()).await.unwrap();
            assert_eq!(log.data(), expected, "{eras:?} {level:?}");
        }
    }
}

#[tokio::test]
async fn messages_pass_as_they_are() {
    for eras in ERAS {
        let log = Log::default();
        let client = behind(upstream(), eras, |builder| log.install(builder)).await;
        client.set_log_level(LoggingLevel::Notice).await.unwrap();
        client.call("up_talk", ()).await.unwrap();
        let first = log.take().swap_remove(0);
        assert_eq!(first.level, LoggingLevel::Notice, "{eras:?}");
        assert_eq!(first.logger.as_deref(), Some("db"), "{eras:?}");
        client.read("x://up/a").await.unwrap();
        let none: [(&str, &str); 0] = [];
        client.prompt("up_ask", none).await.unwrap();
        assert_eq!(log.data(), ["read", "asked"], "{eras:?}");
    }
}

/// Log when everybody is here.
#[tool]
pub(crate) async fn meet(cx: &Context, here: State<Barrier>, name: String) -> &'static str {
    here.wait().await;
    cx.log(LoggingLevel::Error, name);
    here.wait().await;
    "done"
}

#[tokio::test]
async fn nobody_reads_on_a_pipe_what_may_concern_another() {
    for eras in ERAS {
        let log = Log::default();
        let server = Server::new("up", "1").with::<meet>().state(Barrier::new(2));
        let client = behind(server, eras, |builder| log.install(builder)).await;
        client.set_log_level(LoggingLevel::Debug).await.unwrap();
        let call = |name: &str| client.call("up_meet", json!({ "name": name }));
        let (one, other) = tokio::join!(call("one"), call("other"));
        assert!(one.is_ok() && other.is_ok(), "{eras:?}");
        assert_eq!(log.data(), [""; 0], "{eras:?}");
    }
}

/// Calls the tool of a scripted server, which sends messages before its response.
async fn call(client: &Client, peer: &mut Peer, messages: &[Value]) {
    let server = async {
        let mut asked = peer.receive().await;
        if asked["method"] == "logging/setLevel" {
            peer.answer(&asked, json!({})).await;
            asked = peer.receive().await;
        }
        assert_eq!(asked["method"], "tools/call", "{asked}");
        for message in messages {
            peer.notify("notifications/message", message.clone()).await;
        }
        peer.answer(&asked, text("done")).await;
    };
    let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
    assert_eq!(result.unwrap().content[0].as_text(), Some("done"));
}

/// A client of a gateway to a scripted server, which requests all log messages.
async fn listening(eras: (Era, Era), log: &Log) -> (Peer, Client) {
    let (peer, client) = scripted::connected(eras, |builder| log.install(builder)).await;
    client.set_log_level(LoggingLevel::Debug).await.unwrap();
    (peer, client)
}

#[tokio::test(start_paused = true)]
async fn who_says_too_much_is_heard_in_part() {
    for eras in ERAS {
        let log = Log::default();
        let (mut peer, client) = listening(eras, &log).await;
        let message = |number| json!({ "level": "debug", "data": number });
        let many: Vec<_> = (0..1000).map(message).collect();
        call(&client, &mut peer, &many).await;
        let messages = log.data();
        let numbers: Vec<_> = messages.iter().filter_map(Value::as_u64).collect();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>(), "{eras:?}");
        let texts: Vec<_> = messages.iter().filter_map(Value::as_str).collect();
        assert!(matches!(texts[..], [one] if one.contains("left out")), "{eras:?}: {texts:?}");

        // Filtered messages take no place in the queue.
        client.set_log_level(LoggingLevel::Error).await.unwrap();
        let wanted = json!({ "level": "error", "data": "a failure" });
        let all: Vec<_> = (0..1000).map(message).chain([wanted]).collect();
        call(&client, &mut peer, &all).await;
        assert_eq!(log.data(), ["a failure"], "{eras:?}");

        client.set_log_level(LoggingLevel::Debug).await.unwrap();
        let long = json!({ "level": "debug", "data": "x".repeat(1 << 20) });
        call(&client, &mut peer, &[long, message(1)]).await;
        let messages = log.data();
        assert!(messages[0].as_str().unwrap().contains("left out"), "{eras:?}");
        assert_eq!(messages[1..], [json!(1)], "{eras:?}");
    }
}

#[tokio::test]
async fn what_is_no_message_is_not_passed_on() {
    for eras in ERAS {
        let log = Log::default();
        let (mut peer, client) = listening(eras, &log).await;
        let messages = [
            json!({ "level": "loud", "data": 1 }),
            json!({ "level": "info" }),
            json!({}),
            json!({ "level": "info", "data": 2, "_meta": { "secret": 3 } }),
        ];
        call(&client, &mut peer, &messages).await;
        let messages = log.take();
        assert_eq!(messages.len(), 1, "{eras:?}: {messages:?}");
        assert_eq!((&messages[0].data, &messages[0].meta), (&json!(2), &None), "{eras:?}");
    }
}

#[tokio::test]
async fn a_request_that_stands_alone_says_what_is_wanted() {
    for ours in [Era::Modern, Era::Legacy] {
        let log = Log::default();
        let (mut peer, client) = listening((ours, Era::Modern), &log).await;
        for level in [LoggingLevel::Debug, LoggingLevel::Alert] {
            client.set_log_level(level).await.unwrap();
            let server = async {
                let asked = peer.expect("tools/call").await;
                let said = &asked["params"]["_meta"]["io.modelcontextprotocol/logLevel"];
                assert_eq!(*said, level.as_str(), "{ours:?}");
                peer.answer(&asked, text("done")).await;
            };
            let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
            result.unwrap();
        }
    }
}

#[tokio::test]
async fn the_level_of_a_session_is_the_lowest_that_was_wanted() {
    for ours in [Era::Modern, Era::Legacy] {
        let log = Log::default();
        let (mut peer, client) = listening((ours, Era::Legacy), &log).await;
        for (wanted, texts) in [
            (LoggingLevel::Warning, Some("warning")),
            (LoggingLevel::Error, None),
            (LoggingLevel::Info, Some("info")),
            (LoggingLevel::Info, None),
        ] {
            client.set_log_level(wanted).await.unwrap();
            let server = async {
                if let Some(level) = texts {
                    let asked = peer.expect("logging/setLevel").await;
                    assert_eq!(asked["params"]["level"], level, "{ours:?}");
                    peer.answer(&asked, json!({})).await;
                }
                let asked = peer.expect("tools/call").await;
                peer.answer(&asked, text("done")).await;
            };
            let (result, ()) = tokio::join!(client.call("up_t", ()).into_future(), server);
            result.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_keeps_its_level_serves_all_the_same() {
    for ours in [Era::Modern, Era::Legacy] {
        for refuses in [true, false] {
            let log = Log::default();
            let (mut peer, client) = listening((ours, Era::Legacy), &log).await;
            let server = async {
                let asked = peer.expect("logging/setLevel").await;
                if refuses {
                    peer.refuse(&asked, -32603, Value::Null).await;
                } else {
                    // There is no response.
                    peer.expect("notifications/cancelled").await;
                }
                let asked = peer.expect("tools/call").await;
                peer.answer(&asked, text("done")).await;
                // There is no second request.
                let asked = peer.expect("tools/call").await;
                peer.answer(&asked, text("done")).await;
            };
            let calls = async {
                client.call("up_t", ()).await.unwrap();
                client.call("up_t", ()).await.unwrap();
            };
            let started = Instant::now();
            tokio::join!(calls, server);
            // Virtual time, which advances only while all tasks wait.
            assert!(started.elapsed() < Duration::from_secs(10), "{ours:?} {refuses}");
        }
    }
}

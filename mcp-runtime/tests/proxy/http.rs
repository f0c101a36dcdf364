//! A gateway over HTTP, with an upstream server over HTTP.

use mcp_runtime::client::{CallEvent, Client, ClientBuilder, Era, Event, Http, Watch};
use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::gateway::Proxy;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{
    ElicitFormParams, ElicitResult, LoggingLevel, ProgressParams, ResourceBody,
};
use mcp_runtime::resource::Resource;
use mcp_runtime::tool::Tool;
use mcp_runtime::{Elicit, Server};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::gateway::ERAS;
use crate::logs::{Log, meet, talk};
use crate::waiting::waiting;

type Configured = ClientBuilder<Http>;

/// Serves a server in a task and returns its URL.
async fn serve(server: Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(server.serve_listener(listener, std::future::pending()));
    url
}

async fn gateway_to(server: Server, era: Era) -> String {
    let client = Client::http(serve(server).await).era(era).forward_questions(true);
    let proxy = Proxy::of(client.connect().await.unwrap()).await.unwrap().prefix("up");
    serve(Server::new("gateway", "1.0.0").proxy(proxy)).await
}

async fn connect(url: &str, era: Era, configure: impl FnOnce(Configured) -> Configured) -> Client {
    configure(Client::http(url)).era(era).connect().await.unwrap()
}

async fn behind(
    server: Server,
    (ours, theirs): (Era, Era),
    configure: impl FnOnce(Configured) -> Configured,
) -> Client {
    connect(&gateway_to(server, theirs).await, ours, configure).await
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// What there is to know.
#[resource("notes://{name}")]
async fn notes(name: String) -> Option<String> {
    (name != "never").then(|| format!("notes of {name}"))
}

/// Ask for a review.
#[prompt]
async fn review(day: String) -> String {
    format!("Review {day}")
}

/// Work in steps.
#[tool]
async fn work(cx: &Context) -> &'static str {
    for step in 1..=3 {
        cx.progress(f64::from(step), 3.0, "");
    }
    "done"
}

#[derive(Elicit)]
struct Name {
    /// A name
    name: String,
}

/// Greet somebody.
#[tool]
async fn greet(cx: &Context) -> Result<String, AskError> {
    match cx.elicit::<Name>("Who are you?").await? {
        Elicited::Accepted(Name { name }) => Ok(format!("Hello, {name}")),
        _ => Ok("Hello".into()),
    }
}

fn upstream() -> Server {
    Server::new("upstream", "1.0.0").with::<(add, notes, review, work, greet, talk)>()
}

#[tokio::test]
async fn components_are_offered_and_used() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |it| it).await;
        assert_eq!(client.tools().all().await.unwrap().len(), 4, "{eras:?}");
        let sum: i64 = client.call_as("up_add", json!({ "a": 2, "b": 3 })).await.unwrap();
        assert_eq!(sum, 5, "{eras:?}");
        let read = client.read("notes://up/today").await.unwrap();
        let expected = ResourceBody::Text("notes of today".into());
        assert_eq!(read.contents[0].body, expected, "{eras:?}");
        assert!(client.read("notes://up/never").await.is_err(), "{eras:?}");
        let rendered = client.prompt("up_review", [("day", "today")]).await.unwrap();
        assert_eq!(rendered.messages[0].content.as_text(), Some("Review today"), "{eras:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn questions_progress_and_messages_pass_through() {
    for eras in ERAS {
        let log = Log::default();
        let client = behind(upstream(), eras, |builder| {
            builder.on_log(log.listener()).on_form(|form: ElicitFormParams| async move {
                assert_eq!(form.message, "Who are you?");
                ElicitResult::accept(json!({ "name": "Ann" }).as_object().cloned().unwrap())
            })
        })
        .await;
        let greeting: String = client.call_as("up_greet", ()).await.unwrap();
        assert_eq!(greeting, "Hello, Ann", "{eras:?}");
        let mut events = client.call("up_work", ()).events();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            if let CallEvent::Progress(ProgressParams { progress, .. }) = event.unwrap() {
                seen.push(progress);
            }
        }
        assert_eq!(seen, [1.0, 2.0, 3.0], "{eras:?}");
        client.set_log_level(LoggingLevel::Notice).await.unwrap();
        client.call("up_talk", ()).await.unwrap();
        let levels: Vec<_> = log.take().into_iter().map(|message| message.level).collect();
        assert_eq!(levels, [LoggingLevel::Notice, LoggingLevel::Error], "{eras:?}");
    }
}

#[tokio::test]
async fn each_call_has_its_own_messages() {
    for (ours, theirs) in ERAS {
        let server = Server::new("up", "1").with::<meet>().state(Barrier::new(2));
        let url = gateway_to(server, theirs).await;
        let call = async |name: &str| {
            let log = Log::default();
            let client = connect(&url, ours, |builder| builder.on_log(log.listener())).await;
            client.set_log_level(LoggingLevel::Debug).await.unwrap();
            client.call("up_meet", json!({ "name": name })).await.unwrap();
            let heard: Vec<_> = log.take().into_iter().map(|message| message.data).collect();
            assert_eq!(heard, [name], "{ours:?} {theirs:?}");
        };
        tokio::join!(call("one"), call("other"));
    }
}

#[tokio::test]
async fn cancellation_passes_through() {
    for eras in ERAS {
        let (server, events) = waiting();
        events.cancel_and_wait(&behind(server, eras, |it| it).await).await;
    }
}

#[tokio::test]
async fn changes_of_lists_and_of_resources_are_followed() {
    for eras in ERAS {
        let tool =
            |name: &str| Tool::new(name, r#"{"type":"object"}"#, async |_cx, _arguments| "done");
        let resource = Resource::new("x://a", "a", async |_cx, _variables| "text");
        let mut server = Server::new("up", "1").tool(tool("a")).resource(resource);
        let handle = server.handle();
        let client = behind(server, eras, |it| it).await;
        let mut changes =
            client.subscribe(Watch::new().tools().resource("x://up/a")).await.unwrap();
        handle.resource_updated("x://a");
        let event = changes.next().await.unwrap().unwrap();
        assert_eq!(event, Event::Resource("x://up/a".into()), "{eras:?}");
        handle.add_tool(tool("b")).unwrap();
        assert_eq!(changes.next().await.unwrap().unwrap(), Event::Tools, "{eras:?}");
        let names: Vec<_> =
            client.tools().all().await.unwrap().into_iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["up_a", "up_b"], "{eras:?}");
    }
}

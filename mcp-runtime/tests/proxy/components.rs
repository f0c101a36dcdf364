//! Components of an upstream server.

use std::sync::{Arc, Mutex};

use mcp_runtime::Server;
use mcp_runtime::client::{CallEvent, Error};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{CompletionReference, Content, ProgressParams, ResourceBody};
use mcp_runtime::tool::{ResourceLink, Tool};
use serde_json::json;

use crate::gateway::{ERAS, behind, connect, proxy};
use crate::waiting::waiting;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Say where the notes are.
#[tool]
async fn link() -> ResourceLink {
    ResourceLink::new("notes://all/today", "today")
}

/// Fail.
#[tool]
async fn fail() -> Result<String, String> {
    Err("it is broken".into())
}

/// Work in steps.
#[tool]
async fn work(cx: &Context) -> &'static str {
    for step in 1..=3 {
        cx.progress(f64::from(step), 3.0, format!("step {step}"));
    }
    "done"
}

/// The notes of a day.
#[resource("notes://all/{day}")]
async fn notes(#[arg(complete = days)] day: String) -> Option<String> {
    (day != "never").then(|| format!("notes of {day}"))
}

fn days(_: &str) -> [&'static str; 2] {
    ["today", "tomorrow"]
}

/// What there is to know.
#[resource("notes://index")]
async fn index() -> &'static str {
    "an index"
}

/// Ask for a review.
#[prompt]
async fn review(#[arg(complete = days)] day: String) -> String {
    format!("Review {day}")
}

fn upstream() -> Server {
    Server::new("upstream", "1.0.0").with::<(add, link, fail, work, notes, index, review)>()
}

#[tokio::test]
async fn tools_are_listed_and_called_as_they_are() {
    for eras in ERAS {
        let direct = connect(upstream(), eras.0, |builder| builder).await;
        let client = behind(upstream(), eras, |builder| builder).await;
        let mut expected = direct.tools().all().await.unwrap();
        expected.iter_mut().for_each(|tool| tool.name = format!("up_{}", tool.name));
        let listed = client.tools().all().await.unwrap();
        // In a session, results that are not objects are wrapped, also by a gateway.
        if eras.0 == eras.1 {
            assert_eq!(json!(listed), json!(expected), "{eras:?}");
        } else {
            let names = |tools: &[mcp_runtime::protocol::Tool]| {
                tools.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>()
            };
            assert_eq!(names(&listed), names(&expected), "{eras:?}");
        }
        let sum: i64 = client.call_as("up_add", json!({ "a": 2, "b": 3 })).await.unwrap();
        assert_eq!(sum, 5, "{eras:?}");
        let failed = client.call("up_fail", ()).await.unwrap();
        assert!(failed.is_error, "{eras:?}");
        assert_eq!(failed.content[0].as_text(), Some("it is broken"));
        // The upstream server validates its arguments.
        let wrong = client.call("up_add", json!({ "a": "x" })).await.unwrap();
        assert!(wrong.is_error, "{eras:?}");
        let linked = client.call("up_link", ()).await.unwrap();
        let Content::ResourceLink(resource) = &linked.content[0] else { panic!("{linked:?}") };
        assert_eq!(resource.uri, "notes://up/all/today", "{eras:?}");
    }
}

#[tokio::test]
async fn schemas_are_passed_on_untouched() {
    let schema = r##"{"type":"object","properties":{"z":{"$ref":"#/$defs/n"},"a":true},"$defs":{"n":{"type":"integer","x-own":[1,{"b":2,"a":1}]}}}"##;
    for eras in ERAS {
        let tool =
            Tool::new("any", schema, async |_cx, arguments: mcp_runtime::tool::Arguments| {
                arguments.as_str().to_owned()
            });
        let client = behind(Server::new("up", "1").tool(tool), eras, |builder| builder).await;
        let listed = client.tools().all().await.unwrap();
        assert_eq!(listed[0].input_schema.as_str(), schema, "{eras:?}");
        let arguments = r#"{"z":12345678901234567890,"a":1.0}"#;
        let given = serde_json::value::RawValue::from_string(arguments.into()).unwrap();
        let result = client.call("up_any", given).await.unwrap();
        assert_eq!(result.content[0].as_text(), Some(arguments), "{eras:?}");
    }
}

#[tokio::test]
async fn resources_are_read_where_they_are() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| builder).await;
        let listed = client.resources().all().await.unwrap();
        assert_eq!(listed[0].uri, "notes://up/index", "{eras:?}");
        let templates = client.templates().all().await.unwrap();
        assert_eq!(templates[0].uri_template, "notes://up/all/{day}", "{eras:?}");
        for (uri, expected) in
            [("notes://up/index", "an index"), ("notes://up/all/today", "notes of today")]
        {
            let read = client.read(uri).await.unwrap();
            assert_eq!(read.contents[0].uri, uri, "{eras:?}");
            assert_eq!(read.contents[0].body, ResourceBody::Text(expected.into()), "{eras:?}");
        }
        let error = client.read("notes://up/all/never").await.unwrap_err();
        let direct = connect(upstream(), eras.0, |builder| builder).await;
        let expected = direct.read("notes://all/never").await.unwrap_err();
        let code = |error: &Error| error.remote().map(|error| error.code);
        assert_eq!(code(&error), code(&expected), "{eras:?}");
        assert_ne!(code(&error), Some(ErrorCode::INTERNAL_ERROR), "{eras:?}");
    }
}

#[tokio::test]
async fn prompts_and_completion_come_from_behind() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| builder).await;
        let listed = client.prompts().all().await.unwrap();
        assert_eq!(listed[0].name, "up_review", "{eras:?}");
        let rendered = client.prompt("up_review", [("day", "today")]).await.unwrap();
        assert_eq!(rendered.messages[0].content.as_text(), Some("Review today"), "{eras:?}");
        let none: [(&str, &str); 0] = [];
        let refused = client.prompt("up_review", none).await.unwrap_err();
        let code = refused.remote().map(|error| error.code);
        assert_eq!(code, Some(ErrorCode::INVALID_PARAMS), "{eras:?}");
        for reference in [
            CompletionReference::prompt("up_review"),
            CompletionReference::resource("notes://up/all/{day}"),
        ] {
            let found = client.complete(reference, "day", "tom", none).await.unwrap();
            assert_eq!(found.values, ["tomorrow"], "{eras:?}");
        }
    }
}

#[tokio::test]
async fn progress_passes_through() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| builder).await;
        let mut events = client.call("up_work", ()).events();
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            match event.unwrap() {
                CallEvent::Progress(ProgressParams { progress, total, message, .. }) => {
                    seen.push((progress, total, message.unwrap_or_default()));
                }
                CallEvent::Done(result) => {
                    assert_eq!(result.content[0].as_text(), Some("done"), "{eras:?}");
                }
                _ => {}
            }
        }
        let expected = [1.0, 2.0, 3.0].map(|step| (step, Some(3.0), format!("step {step}")));
        assert_eq!(seen, expected, "{eras:?}");
    }
}

#[tokio::test]
async fn cancellation_passes_through() {
    for eras in ERAS {
        let (server, events) = waiting();
        events.cancel_and_wait(&behind(server, eras, |builder| builder).await).await;
    }
}

#[tokio::test]
async fn only_what_is_wanted_is_offered() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let asked = Arc::clone(&seen);
    let proxy = proxy(upstream(), ERAS[0].1).await.only(move |offered| {
        asked.lock().unwrap().push(offered.key().to_owned());
        offered.key() == "add"
    });
    let client = connect(Server::new("gateway", "1").proxy(proxy), ERAS[0].0, |it| it).await;
    let names: Vec<_> = client.tools().all().await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["up_add"]);
    assert!(client.resources().all().await.unwrap().is_empty());
    assert!(client.call("up_fail", ()).await.is_err());
    assert!(seen.lock().unwrap().contains(&"notes://all/{day}".to_owned()));
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_to_be() {
    for eras in ERAS {
        let upstream = connect(upstream(), eras.1, |it| it.forward_questions(true)).await;
        let proxy = mcp_runtime::gateway::Proxy::of(upstream.clone()).await.unwrap().prefix("up");
        let client = connect(Server::new("gateway", "1").proxy(proxy), eras.0, |it| it).await;
        upstream.close().await;
        let error = client.call("up_add", json!({ "a": 1, "b": 1 })).await.unwrap_err();
        let error = error.remote().unwrap();
        assert_eq!(error.code, ErrorCode::INTERNAL_ERROR, "{eras:?}");
        assert_eq!(error.message, "up cannot be reached", "{eras:?}");
    }
}

#[tokio::test]
async fn a_mounted_server_cannot_have_a_proxy() {
    let inner = Server::new("inner", "1").proxy(proxy(upstream(), ERAS[0].1).await);
    let (_near, far) = tokio::io::duplex(64);
    let (reader, writer) = tokio::io::split(far);
    let served = Server::new("outer", "1").mount("in", inner).serve_over(reader, writer).await;
    let error = served.unwrap_err().to_string();
    assert!(error.contains("give the proxy to the server that serves"), "{error}");
}

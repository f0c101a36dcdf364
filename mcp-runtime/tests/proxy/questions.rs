//! Questions of an upstream server, forwarded to the client of the gateway.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::client::{CallOutcome, ClientBuilder, Era, Stream};
use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::{
    CreateMessageParams, CreateMessageResult, ElicitAction, ElicitFormParams, ElicitResult,
    ElicitUrlParams, InputResponses, Root,
};
use mcp_runtime::{Elicit, Server, State};
use serde_json::json;
use tokio::sync::{Barrier, Notify};

use crate::gateway::{ERAS, behind, connect, proxy};

/// Number of bookings that were started.
#[derive(Default)]
struct Begun(AtomicUsize);

#[derive(Elicit)]
struct Name {
    /// A name
    name: String,
}

/// Book two seats.
#[tool]
async fn book(cx: &Context, begun: State<Begun>) -> Result<String, AskError> {
    cx.once("begin", async || begun.0.fetch_add(1, Ordering::Relaxed)).await;
    let mut names = Vec::new();
    for _ in 0..2 {
        // An equal question, which is asked again.
        match cx.elicit::<Name>("For whom?").await? {
            Elicited::Accepted(Name { name }) => names.push(name),
            _ => return Ok("nobody".into()),
        }
    }
    Ok(names.join(" and "))
}

/// Ask the model, the user and the client.
#[tool]
async fn consult(cx: &Context) -> Result<String, AskError> {
    let roots = cx.roots().await?.all().len();
    let sampled = cx.sample("How many?").await?;
    let agreed = cx.elicit_url("https://a.example/x", "Go there").await?.is_accepted();
    Ok(format!("{roots} {} {agreed}", sampled.text()))
}

fn upstream() -> Server {
    Server::new("upstream", "1.0.0").with::<(book, consult)>().state(Begun::default())
}

/// A user who enters one name after the other.
fn names(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    let left = Arc::new(Mutex::new(vec!["Bob", "Ann"]));
    builder.on_form(move |form: ElicitFormParams| {
        assert_eq!(form.message, "For whom?");
        let name = left.lock().unwrap().pop();
        let content = json!({ "name": name }).as_object().cloned().unwrap();
        std::future::ready(ElicitResult::accept(content))
    })
}

#[tokio::test]
async fn forms_are_filled_in_before_the_gateway() {
    for eras in ERAS {
        let client = behind(upstream(), eras, names).await;
        let booked: String = client.call_as("up_book", ()).await.unwrap();
        assert_eq!(booked, "Ann and Bob", "{eras:?}");
    }
}

#[tokio::test]
async fn a_call_that_asks_is_made_once() {
    for eras in ERAS {
        let begun = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&begun);
        // Without `once`: every run of the handler counts.
        let tool =
            mcp_runtime::tool::Tool::new("ask", r#"{"type":"object"}"#, move |cx: Context, _| {
                let count = Arc::clone(&count);
                async move {
                    count.fetch_add(1, Ordering::Relaxed);
                    cx.roots().await.map(|roots| roots.all().len().to_string())
                }
            });
        let roots = [Root::new("file:///a")];
        let client = behind(Server::new("up", "1").tool(tool), eras, |it| it.roots(roots)).await;
        let found: String = client.call_as("up_ask", ()).await.unwrap();
        assert_eq!(found, "1", "{eras:?}");
        // In the modern era each answer runs the handler again.
        let runs = if eras.1 == Era::Modern { 2 } else { 1 };
        assert_eq!(begun.load(Ordering::Relaxed), runs, "{eras:?}");
    }
}

#[tokio::test]
async fn models_roots_and_urls_are_asked_for() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| {
            builder
                .roots([Root::new("file:///a")])
                .on_sample(|request: CreateMessageParams| async move {
                    CreateMessageResult::text("none", request.messages.len().to_string())
                })
                .on_url(|url: ElicitUrlParams| async move {
                    assert_eq!(url.url, "https://a.example/x");
                    ElicitResult::new(ElicitAction::Accept)
                })
        })
        .await;
        let text: String = client.call_as("up_consult", ()).await.unwrap();
        assert_eq!(text, "1 1 true", "{eras:?}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_be_asked_is_not() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| builder).await;
        let failed = match client.call("up_book", ()).await {
            Ok(result) => result.is_error,
            Err(error) => {
                let code = error.remote().map(|error| error.code);
                code == Some(ErrorCode::MISSING_CLIENT_CAPABILITY)
            }
        };
        assert!(failed, "{eras:?}");
    }
}

#[tokio::test]
async fn a_question_without_an_answer_passes_through_too() {
    for eras in ERAS {
        let client = behind(upstream(), eras, |builder| {
            builder.on_form(|_| async { ElicitResult::new(ElicitAction::Decline) })
        })
        .await;
        let booked: String = client.call_as("up_book", ()).await.unwrap();
        assert_eq!(booked, "nobody", "{eras:?}");
    }
}

/// Ask when everybody is here.
#[tool]
async fn meet(cx: &Context, here: State<Barrier>) -> Result<String, AskError> {
    here.wait().await;
    let answer = cx.elicit::<Name>("For whom?").await;
    here.wait().await;
    answer.map(|answer| answer.accepted().map_or("nobody".into(), |it| it.name))
}

#[tokio::test]
async fn nobody_is_asked_what_may_concern_another() {
    for ours in [Era::Modern, Era::Legacy] {
        let server = Server::new("up", "1").with::<meet>().state(Barrier::new(2));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let client = behind(server, (ours, Era::Legacy), |builder| {
            builder.on_form(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                std::future::ready(ElicitResult::new(ElicitAction::Decline))
            })
        })
        .await;
        let (one, other) = tokio::join!(client.call("up_meet", ()), client.call("up_meet", ()));
        for result in [one.unwrap(), other.unwrap()] {
            let text = result.content[0].as_text().unwrap_or_default();
            assert!(result.is_error && text.contains("several calls"), "{ours:?}: {text}");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 0, "{ours:?}");
    }
}

struct TellOnDrop(Arc<Notify>);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_question_nobody_answers_ends_in_time() {
    let ended = Arc::<Notify>::default();
    let tell = Arc::clone(&ended);
    let tool =
        mcp_runtime::tool::Tool::new("ask", r#"{"type":"object"}"#, move |cx: Context, _| {
            let tell = TellOnDrop(Arc::clone(&tell));
            async move {
                let _tell = tell;
                cx.elicit::<Name>("For whom?").await.map(|_| "answered")
            }
        });
    let proxy = proxy(Server::new("up", "1").tool(tool), Era::Legacy).await;
    let gateway = Server::new("gateway", "1").answer_within(Duration::from_secs(5)).proxy(proxy);
    let client = connect(gateway, Era::Modern, names).await;
    let asked = client.call("up_ask", ()).by_hand().await.unwrap();
    let CallOutcome::InputRequired(waiting) = asked else { panic!("nothing was asked") };
    ended.notified().await;
    let key = waiting.input_requests.keys().next().unwrap().clone();
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answers = InputResponses::from([(key, content)]);
    let late = client.resume::<mcp_runtime::protocol::CallToolResult>(&waiting, &answers).await;
    let code = late.unwrap_err().remote().map(|error| error.code);
    assert_eq!(code, Some(ErrorCode::INVALID_PARAMS));
}

#[tokio::test]
async fn giving_up_a_question_ends_the_call_behind() {
    let ended = Arc::<Notify>::default();
    let tell = Arc::clone(&ended);
    let tool =
        mcp_runtime::tool::Tool::new("ask", r#"{"type":"object"}"#, move |cx: Context, _| {
            let tell = TellOnDrop(Arc::clone(&tell));
            async move {
                let _tell = tell;
                cx.elicit::<Name>("For whom?").await.map(|_| "answered")
            }
        });
    let asked = Arc::<Notify>::default();
    let signal = Arc::clone(&asked);
    let client = behind(Server::new("up", "1").tool(tool), (Era::Legacy, Era::Legacy), |it| {
        it.on_form(move |_| {
            signal.notify_one();
            std::future::pending::<ElicitResult>()
        })
    })
    .await;
    tokio::select! {
        _ = client.call("up_ask", ()) => panic!("nobody answers"),
        () = asked.notified() => {}
    }
    ended.notified().await;
}

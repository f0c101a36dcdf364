//! Questions of requests without a session: the end of a run and the state of the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_core::schema::Schema;
use serde_json::{Map, Value, json};

use super::AskError;
use crate::ask::elicitation::Elicited;
use crate::ask::form::Elicit;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::component::tool::failure::ToolError;
use crate::context::exchange::Origin;
use crate::context::handle::Context;
use crate::context::principal::Principal;
use crate::server::builder::Server;
use crate::server::trial::Trial;

/// A form with one text.
pub(crate) struct Name(pub(crate) String);

impl Elicit for Name {
    fn schema() -> Schema {
        let schema =
            r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#;
        Schema::parse(schema).unwrap()
    }

    fn read(content: &Map<String, Value>) -> Result<Self, String> {
        let name = content.get("name").and_then(Value::as_str);
        name.map(|name| Self(name.to_owned())).ok_or_else(|| "`name`: expected a string".into())
    }
}

/// Counter of side effects of the tools.
#[derive(Clone, Default)]
struct World(Arc<AtomicUsize>);

impl World {
    fn act(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

async fn name(cx: &Context, message: &str) -> Result<String, AskError> {
    let answer = cx.elicit::<Name>(message).key(message).await?;
    Ok(match answer {
        Elicited::Accepted(Name(name)) => name,
        Elicited::Declined => "declined".into(),
        Elicited::Cancelled => "cancelled".into(),
    })
}

fn tool<F, Running>(name: &str, body: F) -> Tool
where
    F: Fn(Context) -> Running + Send + Sync + 'static,
    Running: Future<Output = Result<String, ToolError>> + Send + 'static,
{
    Tool::new(name, json!({ "type": "object" }), move |cx, _: Arguments| body(cx))
        .description("A tool of the tests")
}

fn server(world: &World) -> Server {
    let (before, after) = (world.clone(), world.clone());
    Server::new("asking", "1.0")
        .tool(tool("sequence", |cx| async move {
            let first = name(&cx, "first").await?;
            let second = name(&cx, "second").await?;
            Ok(format!("{first} {second}"))
        }))
        .tool(tool("lenient", |cx| async move {
            let first = match name(&cx, "first").await {
                Ok(name) => name,
                Err(error) => format!("{:?}", error.kind()),
            };
            Ok(format!("{first} {}", name(&cx, "second").await?))
        }))
        .tool(tool("joined", |cx| async move {
            let (one, other) = tokio::join!(name(&cx, "one"), name(&cx, "other"));
            Ok(format!("{} {}", one?, other?))
        }))
        .tool(tool("equal", |cx| async move {
            let (one, other) = tokio::join!(cx.elicit::<Name>("same"), cx.elicit::<Name>("same"));
            let text =
                |name: Elicited<Name>| name.accepted().map(|name| name.0).unwrap_or_default();
            Ok(format!("{} {}", text(one?), text(other?)))
        }))
        .tool(tool("once", move |cx| {
            let world = before.clone();
            async move {
                let count = cx.once("act", async || world.act()).await;
                let answer = name(&cx, "after").await?;
                Ok(format!("{count} {answer}"))
            }
        }))
        .tool(tool("busy", move |cx| {
            let world = after.clone();
            async move {
                let act = cx.once("act", async || {
                    tokio::task::yield_now().await;
                    world.act()
                });
                let (count, answer) = tokio::join!(act, name(&cx, "beside"));
                Ok(format!("{count} {}", answer?))
            }
        }))
        .tool(tool("within", |cx| async move {
            Ok(cx.try_once("act", async || name(&cx, "within").await).await?)
        }))
        .tool(tool("spawned", |cx| async move {
            let asking = cx.clone();
            let answer = tokio::spawn(async move { name(&asking, "spawned").await });
            Ok(answer.await??)
        }))
        .tool(tool("large", |cx| async move {
            let size = cx.once("text", async || "x".repeat(300 << 10)).await.len();
            Ok(format!("{size} {}", name(&cx, "large").await?))
        }))
        .tool(tool("changing", |cx| async move {
            let first = name(&cx, "first").await?;
            let message = format!("again, {first}");
            Ok(name(&cx, &message).await?)
        }))
}

/// A client that calls one tool.
struct Caller<'a> {
    trial: &'a Trial,
    tool: &'a str,
    arguments: Value,
    principal: Option<Principal>,
    capabilities: Value,
}

impl<'a> Caller<'a> {
    fn of(trial: &'a Trial, tool: &'a str) -> Self {
        let capabilities = json!({ "elicitation": {} });
        Self { trial, tool, arguments: json!({}), principal: None, capabilities }
    }

    fn call(&self, state: Option<&str>, answers: Value) -> Value {
        let mut params = json!({ "name": self.tool, "arguments": self.arguments });
        if let Some(state) = state {
            params["requestState"] = state.into();
        }
        if !answers.is_null() {
            params["inputResponses"] = answers;
        }
        let principal = self.principal.clone().map(Arc::new);
        let origin = Origin { principal, ..Origin::default() };
        self.trial.ask_as(origin, self.capabilities.clone(), "tools/call", params)
    }
}

fn accept(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}

fn state(result: &Value) -> &str {
    result["requestState"].as_str().unwrap_or_else(|| panic!("no state: {result}"))
}

fn asked(result: &Value) -> Vec<&str> {
    assert_eq!(result["resultType"], "input_required", "{result}");
    result["inputRequests"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn text(result: &Value) -> &str {
    assert_eq!(result["resultType"], "complete", "{result}");
    result["content"][0]["text"].as_str().unwrap()
}

#[test]
fn questions_follow_one_another() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "sequence");
    let first = caller.call(None, Value::Null);
    assert_eq!(asked(&first), ["first"]);
    assert_eq!(first["inputRequests"]["first"]["method"], "elicitation/create");
    assert_eq!(first["inputRequests"]["first"]["params"]["message"], "first");
    let second = caller.call(Some(state(&first)), json!({ "first": accept("Ann") }));
    assert_eq!(asked(&second), ["second"]);
    let last = caller.call(Some(state(&second)), json!({ "second": accept("Bob") }));
    assert_eq!(text(&last), "Ann Bob");
    for (action, outcome) in [("decline", "Ann declined"), ("cancel", "Ann cancelled")] {
        let first = caller.call(None, Value::Null);
        let second = caller.call(Some(state(&first)), json!({ "first": accept("Ann") }));
        let last = caller.call(Some(state(&second)), json!({ "second": { "action": action } }));
        assert_eq!(text(&last), outcome);
    }
}

#[test]
fn concurrent_questions_are_sent_together() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "joined");
    let both = caller.call(None, Value::Null);
    assert_eq!(asked(&both), ["one", "other"]);
    let one =
        caller.call(Some(state(&both)), json!({ "one": accept("1"), "surplus": accept("9") }));
    assert_eq!(asked(&one), ["other"]);
    let done = caller.call(Some(state(&one)), json!({ "other": accept("2"), "one": accept("3") }));
    assert_eq!(text(&done), "1 2", "an answer is not given twice");
    let at_once = json!({ "other": accept("2"), "one": accept("1") });
    assert_eq!(text(&caller.call(Some(state(&both)), at_once)), "1 2");
}

#[test]
fn equal_questions_are_distinguished() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "equal");
    let both = caller.call(None, Value::Null);
    let keys = asked(&both);
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys[0].starts_with("form-") && keys[1] == format!("{}-2", keys[0]), "{keys:?}");
    let one = caller.call(Some(state(&both)), json!({ keys[1]: accept("2") }));
    let last = caller.call(Some(state(&one)), json!({ asked(&one)[0]: accept("1") }));
    assert_eq!(text(&last), "1 2");
}

#[test]
fn answers_without_a_state_are_taken_by_their_key() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "sequence");
    let both = json!({ "first": accept("Ann"), "second": accept("Bob"), "third": 7 });
    assert_eq!(text(&caller.call(None, both)), "Ann Bob");
    for answers in [json!(null), json!({}), json!({ "third": 7 })] {
        assert_eq!(asked(&caller.call(None, answers)), ["first"]);
    }
}

#[test]
fn a_wrong_answer_is_asked_for_again() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "sequence");
    let first = caller.call(None, Value::Null);
    let content = |content: Value| json!({ "action": "accept", "content": content });
    for wrong in [json!({ "action": "accept" }), content(json!({})), content(json!({ "name": 7 }))]
    {
        let again = caller.call(Some(state(&first)), json!({ "first": wrong }));
        assert_eq!(asked(&again), ["first"]);
        let second = caller.call(Some(state(&again)), json!({ "first": accept("Ann") }));
        assert_eq!(asked(&second), ["second"]);
    }
}

#[test]
fn a_form_is_asked_again_five_times_under_its_key() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "lenient");
    let wrong = || json!({ "first": { "action": "accept", "content": { "name": 7 } } });
    let mut last = caller.call(None, Value::Null);
    for round in 0..5 {
        let question = &last["inputRequests"]["first"]["params"]["message"];
        assert_eq!(question.as_str().unwrap().contains("does not fit"), round > 0, "{last}");
        last = caller.call(Some(state(&last)), wrong());
        assert_eq!(asked(&last), ["first"], "{round}");
    }
    // A missing answer is no wrong one, and the reason stays.
    let missing = caller.call(Some(state(&last)), json!({}));
    let question = &missing["inputRequests"]["first"]["params"]["message"];
    assert_eq!(question, "first\n\nThe last answer does not fit: `name`: expected a string");
    // The right answer counts to the end.
    let right = caller.call(Some(state(&missing)), json!({ "first": accept("Ann") }));
    assert_eq!(asked(&right), ["second"]);
    let failed = caller.call(Some(state(&missing)), wrong());
    assert_eq!(asked(&failed), ["second"]);
    let params = &failed["inputRequests"]["second"]["params"];
    assert_eq!(params["message"], "second");
    // The first question keeps its error in the runs that follow.
    let done = caller
        .call(Some(state(&failed)), json!({ "second": accept("Bob"), "first": accept("Ann") }));
    assert_eq!(text(&done), "Invalid Bob");
}

#[test]
fn malformed_answers_are_refused() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "sequence");
    let first = caller.call(None, Value::Null);
    for state in [None, Some(state(&first))] {
        for malformed in [
            json!(7),
            json!([]),
            json!({ "first": 12345 }),
            json!({ "first": null }),
            json!({ "first": { "action": "shrug" } }),
        ] {
            let error = caller.call(state, malformed.clone());
            assert_eq!(error["code"], -32602, "{malformed}: {error}");
        }
    }
}

#[test]
fn what_is_done_once_is_not_done_again() {
    for tool in ["once", "busy"] {
        let world = World::default();
        let trial = Trial::of(server(&world));
        let caller = Caller::of(&trial, tool);
        let question = caller.call(None, Value::Null);
        let key = asked(&question)[0].to_owned();
        assert_eq!(world.count(), 1, "{tool}: begun is finished before the question is asked");
        let again = caller.call(Some(state(&question)), json!({ "wrong": accept("Ann") }));
        let last = caller.call(Some(state(&again)), json!({ key: accept("Ann") }));
        assert_eq!(text(&last), "1 Ann", "{tool}");
        assert_eq!(world.count(), 1, "{tool}");
    }
}

#[test]
fn questions_that_cannot_be_asked_are_errors() {
    let trial = Trial::of(server(&World::default()));
    let result = Caller::of(&trial, "within").call(None, Value::Null);
    assert_eq!(text(&result), "nothing can be asked within `once`; ask before it or after it");
    let mut caller = Caller::of(&trial, "sequence");
    caller.capabilities = json!({ "sampling": {}, "elicitation": { "url": {} } });
    let error = caller.call(None, Value::Null);
    assert_eq!(error["code"], -32021, "{error}");
    assert_eq!(error["data"]["requiredCapabilities"], json!({ "elicitation": { "form": {} } }));
    let error = Caller::of(&trial, "large").call(None, Value::Null);
    assert_eq!(error["code"], -32603, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("the largest entry is the result of `text`"), "{message}");
}

#[test]
fn a_task_that_asks_suspends_the_call() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "spawned");
    let question = caller.call(None, Value::Null);
    assert_eq!(asked(&question), ["spawned"]);
    let last = caller.call(Some(state(&question)), json!({ "spawned": accept("Ann") }));
    assert_eq!(text(&last), "Ann");
}

#[test]
fn an_answer_belongs_to_its_question() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "changing");
    let first = caller.call(None, Value::Null);
    let second = caller.call(Some(state(&first)), json!({ "first": accept("Ann") }));
    assert_eq!(asked(&second), ["again, Ann"]);
    // An answer for the key of another run does not count.
    let other = caller
        .call(Some(state(&first)), json!({ "first": accept("Bob"), "again, Bob": accept("x") }));
    assert_eq!(asked(&other), ["again, Bob"]);
}

const NOT_ACCEPTED: &str = "`requestState` is not accepted";

#[track_caller]
fn is_refused(result: &Value) {
    assert_eq!(result["code"], -32602, "{result}");
    assert!(result["message"].as_str().unwrap().starts_with(NOT_ACCEPTED), "{result}");
    assert!(result.get("data").is_none(), "{result}");
}

#[test]
fn a_state_is_for_one_call_of_one_principal() {
    let trial = Trial::of(server(&World::default()));
    let mut caller = Caller::of(&trial, "sequence");
    caller.arguments = json!({ "a": 1, "b": [true] });
    let ann = || Principal::new("ann").issued_by("one").of_client("app");
    caller.principal = Some(ann());
    let first = caller.call(None, Value::Null);
    let sealed = state(&first);
    let answers = || json!({ "first": accept("Ann") });
    assert_eq!(asked(&caller.call(Some(sealed), answers())), ["second"]);
    for other in [
        Principal::new("bob").issued_by("one").of_client("app"),
        Principal::new("ann").issued_by("other").of_client("app"),
        Principal::new("ann").issued_by("one").of_client("other"),
        Principal::new("ann").of_client("app"),
        Principal::new("ann").issued_by("oneapp"),
        Principal::new("ann"),
    ] {
        caller.principal = Some(other);
        is_refused(&caller.call(Some(sealed), answers()));
    }
    // The scopes of a caller may change.
    caller.principal = Some(ann().scoped(["more"]));
    assert_eq!(asked(&caller.call(Some(sealed), answers())), ["second"]);
    caller.principal = None;
    is_refused(&caller.call(Some(sealed), answers()));
    caller.principal = Some(ann());
    caller.arguments = json!({ "a": 1 });
    is_refused(&caller.call(Some(sealed), answers()));
    caller.arguments = json!({ "b": [true], "a": 1 });
    assert_eq!(asked(&caller.call(Some(sealed), answers())), ["second"]);
    caller.tool = "joined";
    is_refused(&caller.call(Some(sealed), answers()));
    let elsewhere = Trial::of(server(&World::default()));
    is_refused(
        &Caller { trial: &elsewhere, tool: "sequence", ..caller }.call(Some(sealed), answers()),
    );
}

#[test]
fn no_bit_of_a_state_can_be_flipped() {
    let trial = Trial::of(server(&World::default()));
    let caller = Caller::of(&trial, "sequence");
    let first = caller.call(None, Value::Null);
    let sealed = state(&first);
    for at in 0..sealed.len() {
        for bit in 0..7 {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).unwrap();
            is_refused(&caller.call(Some(&flipped), json!({ "first": accept("Ann") })));
        }
    }
    for other in ["", "x", &format!("{sealed}-TAMPERED"), &sealed[1..], &sealed.repeat(2)] {
        is_refused(&caller.call(Some(other), Value::Null));
    }
    let params = json!({ "name": "sequence", "requestState": 7 });
    is_refused(&trial.ask_as(Origin::default(), json!({}), "tools/call", params));
}

#[test]
fn a_state_expires() {
    let trial = Trial::of(server(&World::default()).answer_within(Duration::ZERO));
    let caller = Caller::of(&trial, "sequence");
    let first = caller.call(None, Value::Null);
    is_refused(&caller.call(Some(state(&first)), json!({ "first": accept("Ann") })));
}

#[test]
fn instances_with_the_same_keys_go_on_with_each_others_calls() {
    let key = |fill: u8| [fill; 32];
    let instance = |keys: &[[u8; 32]]| Trial::of(server(&World::default()).state_keys(keys));
    let (old, both, new) = (instance(&[key(1)]), instance(&[key(2), key(1)]), instance(&[key(2)]));
    let first = Caller::of(&old, "sequence").call(None, Value::Null);
    let answer = json!({ "first": accept("Ann") });
    is_refused(&Caller::of(&new, "sequence").call(Some(state(&first)), answer.clone()));
    let second = Caller::of(&both, "sequence").call(Some(state(&first)), answer);
    let last = json!({ "second": accept("Bob") });
    assert_eq!(text(&Caller::of(&new, "sequence").call(Some(state(&second)), last)), "Ann Bob");
}

#[test]
fn a_short_key_is_a_mistake() {
    let error = server(&World::default()).state_keys(["short"]).build().err().unwrap();
    assert!(error.to_string().contains("shorter than 32 bytes"), "{error}");
}

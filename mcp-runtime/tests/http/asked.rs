//! Parameters that the user is asked for, in both eras.

use std::fmt;

use mcp_runtime::prelude::*;
use mcp_runtime::{Elicited, HttpConfig, McpService, ResourceError};
use serde_json::{Value, json};

use crate::client::{Draft, LEGACY, initialize, next_event, soon};

/// Whether to go on.
#[derive(Elicit)]
struct Confirm {
    /// Whether to go on
    yes: bool,
}

#[derive(Elicit)]
struct Person {
    #[elicit(min_len = 2)]
    name: String,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

type Whatever = Elicited<Confirm>;

const WHERE: &str = "here";

/// Delete a file.
#[tool(destructive)]
async fn delete(
    path: &str,
    #[ask("Really delete {path:?}, {WHERE}?", key = "confirm")] confirm: Confirm,
    #[arg(default = 1)] times: u8,
) -> String {
    format!("{path} {} {times}", confirm.yes)
}

/// Delete a file, or do not.
#[tool]
async fn consider(path: String, #[ask("Delete {path}?")] outcome: Whatever) -> String {
    match outcome {
        Elicited::Accepted(confirm) => format!("{path} {}", confirm.yes),
        Elicited::Declined => "declined".into(),
        Elicited::Cancelled => "cancelled".into(),
    }
}

/// Introduce two.
#[prompt]
async fn introduce(
    place: String,
    #[ask("Who is first in {place}?")] first: Person,
    #[ask("Whom does {first} meet?", volatile)] second: Person,
    cx: Context,
) -> String {
    let _ = cx;
    format!("{first} meets {second} in {place}")
}

/// A greeting.
#[resource("greeting://{place}")]
async fn greeting(
    place: String,
    #[ask("Greet whom in {place}?")] person: Person,
) -> Result<String, ResourceError> {
    Ok(format!("Hello {person}"))
}

struct Desk {
    greeting: &'static str,
}

#[mcp_runtime::server]
impl Desk {
    /// Greet somebody.
    #[tool]
    async fn greet(&self, #[ask("Who are you?")] person: Person) -> String {
        format!("{} {person}", self.greeting)
    }
}

fn service() -> McpService {
    let server = Server::new("asked", "1.0").with::<(delete, consider, introduce, greeting)>();
    let desk = Desk { greeting: "Good morning" };
    server.with_instance(desk).http(HttpConfig::default()).into_service().unwrap()
}

/// What a user does with each form in turn, and what the form says.
type Script<'a> = &'a [(&'a str, Value)];

fn accept(content: Value) -> Value {
    json!({ "action": "accept", "content": content })
}

fn decline() -> Value {
    json!({ "action": "decline" })
}

fn cancel() -> Value {
    json!({ "action": "cancel" })
}

/// A client of one era.
#[derive(Clone, Copy, Debug)]
enum Era {
    Session,
    Alone,
}

const ERAS: [Era; 2] = [Era::Session, Era::Alone];

struct Client {
    service: McpService,
    era: Era,
    capabilities: Value,
}

impl Client {
    fn of(era: Era) -> Self {
        Self { service: service(), era, capabilities: json!({ "elicitation": {} }) }
    }

    /// Sends a request, has the user do what the script says, and returns the result or the error.
    async fn send(&self, method: &str, params: Value, script: Script<'_>) -> Value {
        let mut answer = match self.era {
            Era::Session => self.within_session(method, params, script).await,
            Era::Alone => self.alone(method, params, script).await,
        };
        let result = answer.as_object_mut().unwrap();
        result.remove("result").or(result.remove("error")).unwrap_or_else(|| panic!("{answer}"))
    }

    async fn call(&self, tool: &str, arguments: Value, script: Script<'_>) -> Value {
        self.send("tools/call", json!({ "name": tool, "arguments": arguments }), script).await
    }

    async fn within_session(&self, method: &str, params: Value, script: Script<'_>) -> Value {
        let mut opening = initialize(LEGACY);
        opening["params"]["capabilities"] = self.capabilities.clone();
        let opened = Draft::post(opening).send(&self.service).await;
        let session = opened.header("mcp-session-id");
        let draft = Draft::in_session(session, 1, method, params);
        if script.is_empty() {
            return soon(draft.send(&self.service)).await.json();
        }
        let mut body = soon(draft.begin(&self.service)).await.into_body();
        for (message, done) in script {
            let question = soon(next_event(&mut body)).await;
            assert_eq!(question["params"]["message"], *message, "{question}");
            let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": done });
            let response = Draft::post(response).with("mcp-session-id", session);
            assert_eq!(response.send(&self.service).await.status, 202);
        }
        soon(next_event(&mut body)).await
    }

    async fn alone(&self, method: &str, mut params: Value, script: Script<'_>) -> Value {
        for (message, done) in script {
            let result = self.sent_alone(method, params.clone()).await;
            assert_eq!(result["result"]["resultType"], "input_required", "{result}");
            let questions = result["result"]["inputRequests"].as_object().unwrap();
            let (key, question) = questions.iter().next().unwrap();
            assert_eq!(question["params"]["message"], *message, "{question}");
            assert_eq!(questions.len(), 1);
            params["requestState"] = result["result"]["requestState"].clone();
            params["inputResponses"] = json!({ key: done });
        }
        self.sent_alone(method, params).await
    }

    async fn sent_alone(&self, method: &str, params: Value) -> Value {
        let able = format!("clientCapabilities\":{}", self.capabilities);
        let draft = Draft::modern(method, params).instead("clientCapabilities\":{}", &able);
        soon(draft.send(&self.service)).await.json()
    }
}

#[track_caller]
fn is_told(result: &Value, text: &str) {
    assert_eq!(result["content"][0]["text"], text, "{result}");
    assert_eq!(result.get("isError"), None, "{result}");
}

#[track_caller]
fn has_failed(result: &Value, text: &str) {
    assert_eq!(result["content"][0]["text"], text, "{result}");
    assert_eq!(result["isError"], true, "{result}");
}

const REALLY: &str = "Really delete \"a.txt\", here?";

#[tokio::test]
async fn the_user_is_asked_before_the_body_runs() {
    for era in ERAS {
        let client = Client::of(era);
        let arguments = || json!({ "path": "a.txt", "times": 2 });
        let yes = [(REALLY, accept(json!({ "yes": true })))];
        is_told(&client.call("delete", arguments(), &yes).await, "a.txt true 2");
        let no = client.call("delete", arguments(), &[(REALLY, decline())]).await;
        has_failed(&no, &format!("the user was asked {REALLY:?} and declined"));
        let nothing = client.call("delete", arguments(), &[(REALLY, cancel())]).await;
        has_failed(&nothing, &format!("the user was asked {REALLY:?} and gave no answer"));
    }
}

#[tokio::test]
async fn a_handler_may_be_told_what_the_user_did() {
    for era in ERAS {
        let client = Client::of(era);
        for (done, told) in [
            (accept(json!({ "yes": false })), "a false"),
            (decline(), "declined"),
            (cancel(), "cancelled"),
        ] {
            let script = [("Delete a?", done)];
            is_told(&client.call("consider", json!({ "path": "a" }), &script).await, told);
        }
    }
}

#[tokio::test]
async fn nobody_is_asked_where_the_arguments_do_not_fit() {
    for era in ERAS {
        let client = Client::of(era);
        let result = client.call("delete", json!({}), &[]).await;
        has_failed(
            &result,
            "The arguments of `delete` do not fit:\n- `path`: missing; expected a string",
        );
        let result = client.call("delete", json!({ "path": "a", "confirm": { "yes": true } }), &[]);
        let result = result.await;
        let told = result["content"][0]["text"].as_str().unwrap();
        assert!(told.contains("`confirm`: unknown argument"), "a model cannot answer: {told}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_no_argument() {
    let result = Client::of(Era::Alone).send("tools/list", json!({}), &[]).await;
    let tools = result["tools"].as_array().unwrap();
    let delete = tools.iter().find(|tool| tool["name"] == "delete").unwrap();
    let names: Vec<_> = delete["inputSchema"]["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["path", "times"]);
    let result = Client::of(Era::Alone).send("prompts/list", json!({}), &[]).await;
    assert_eq!(result["prompts"][0]["arguments"], json!([{ "name": "place", "required": true }]));
}

#[tokio::test]
async fn a_question_has_the_name_and_the_form_it_was_given() {
    let client = Client::of(Era::Alone);
    let params = json!({ "name": "delete", "arguments": { "path": "a.txt" } });
    let result = client.sent_alone("tools/call", params).await;
    assert_eq!(
        result["result"]["inputRequests"]["confirm"],
        json!({ "method": "elicitation/create", "params": {
            "message": REALLY,
            "requestedSchema": {
                "type": "object",
                "properties": {
                    "yes": { "type": "boolean", "description": "Whether to go on" },
                },
                "required": ["yes"],
            },
        } })
    );
}

#[tokio::test]
async fn prompts_ask_and_a_question_may_name_an_earlier_answer() {
    for era in ERAS {
        let client = Client::of(era);
        let params = || json!({ "name": "introduce", "arguments": { "place": "Rome" } });
        let person = |name: &str| accept(json!({ "name": name }));
        let script =
            [("Who is first in Rome?", person("Ann")), ("Whom does Ann meet?", person("Bob"))];
        let result = client.send("prompts/get", params(), &script).await;
        assert_eq!(result["messages"][0]["content"]["text"], "Ann meets Bob in Rome", "{result}");
        let script = [("Who is first in Rome?", person("Ann")), ("Whom does Ann meet?", decline())];
        let error = client.send("prompts/get", params(), &script).await;
        assert_eq!(error["code"], -32603, "{error}");
        let told = "the user was asked \"Whom does Ann meet?\" and declined";
        assert_eq!(error["message"], told, "{error}");
    }
}

#[tokio::test]
async fn resources_and_methods_ask() {
    for era in ERAS {
        let client = Client::of(era);
        let uri = || json!({ "uri": "greeting://Rome" });
        let script = [("Greet whom in Rome?", accept(json!({ "name": "Ann" })))];
        let result = client.send("resources/read", uri(), &script).await;
        assert_eq!(result["contents"][0]["text"], "Hello Ann", "{result}");
        let error =
            client.send("resources/read", uri(), &[("Greet whom in Rome?", cancel())]).await;
        assert_eq!(error["code"], -32603, "{error}");
        let script = [("Who are you?", accept(json!({ "name": "Bob" })))];
        is_told(&client.call("greet", json!({}), &script).await, "Good morning Bob");
    }
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told() {
    let arguments = || json!({ "path": "a.txt" });
    let session = Client { capabilities: json!({}), ..Client::of(Era::Session) };
    let result = session.call("delete", arguments(), &[]).await;
    has_failed(&result, "the client cannot be asked this: it does not declare `elicitation`");
    let alone = Client { capabilities: json!({}), ..Client::of(Era::Alone) };
    assert_eq!(alone.call("delete", arguments(), &[]).await["code"], -32021);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_none() {
    let script = [("Who are you?", accept(json!({ "name": "x" })))];
    let result = Client::of(Era::Session).call("greet", json!({}), &script).await;
    has_failed(
        &result,
        "the client's answer does not fit: `name`: expected a string of at least 2 characters, \
         got \"x\"",
    );
    let script = [&script[..], &[("Who are you?", accept(json!({ "name": "xy" })))]].concat();
    let result = Client::of(Era::Alone).call("greet", json!({}), &script).await;
    is_told(&result, "Good morning xy");
}

#[tokio::test]
async fn functions_stay_functions() {
    assert_eq!(delete("a", Confirm { yes: true }, 2).await, "a true 2");
    assert_eq!(consider("a".into(), Elicited::Declined).await, "declined");
}

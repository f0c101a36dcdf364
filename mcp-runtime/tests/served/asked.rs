//! Parameters with `#[ask]`.

use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_runtime::client::CallOutcome;
use mcp_runtime::elicit::Elicited;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ElicitResult;
use mcp_runtime::resource::ResourceError;
use mcp_runtime::testing::{
    TestClient, TestClientBuilder, assert_failed, assert_json, assert_refused, assert_text,
};
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients, clients_with, is_modern};

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

fn server() -> Server {
    let server = Server::new("asked", "1.0").with::<(delete, consider, introduce, greeting)>();
    server.instance(Desk { greeting: "Good morning" })
}

/// Messages of the questions to the user, in order.
fn asked(client: &TestClient) -> Vec<String> {
    let messages = client.asked().into_iter();
    messages.map(|question| question.params["message"].as_str().unwrap().to_owned()).collect()
}

/// Asserts the whole text of a failed tool.
#[track_caller]
fn has_failed(result: &CallToolResult, text: &str) {
    assert_failed(result, text);
    assert_eq!(result.content[0].as_text(), Some(text));
}

const REALLY: &str = "Really delete \"a.txt\", here?";

#[tokio::test]
async fn the_user_is_asked_before_the_body_runs() -> Outcome {
    type Script = fn(TestClientBuilder) -> TestClientBuilder;
    let arguments = || json!({ "path": "a.txt", "times": 2 });
    let agrees: Script = |builder| builder.answers(REALLY, json!({ "yes": true }));
    for client in clients_with(server, agrees).await? {
        assert_text(&client.call("delete", arguments()).await?, "a.txt true 2");
        assert_eq!(asked(&client), [REALLY]);
    }
    let declines: Script = |builder| builder.declines(REALLY);
    let cancels: Script = |builder| builder.cancels(REALLY);
    for (script, told) in [(declines, "and declined"), (cancels, "and gave no answer")] {
        for client in clients_with(server, script).await? {
            let result = client.call("delete", arguments()).await?;
            has_failed(&result, &format!("the user was asked \"{REALLY}\" {told}"));
            assert_eq!(asked(&client), [REALLY]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_handler_may_be_told_what_the_user_did() -> Outcome {
    let script = |builder: TestClientBuilder| {
        builder
            .answers("Delete a?", json!({ "yes": false }))
            .declines("Delete b?")
            .cancels("Delete c?")
    };
    for client in clients_with(server, script).await? {
        for (path, told) in [("a", "a false"), ("b", "declined"), ("c", "cancelled")] {
            assert_text(&client.call("consider", json!({ "path": path })).await?, told);
        }
        assert_eq!(asked(&client), ["Delete a?", "Delete b?", "Delete c?"]);
    }
    Ok(())
}

#[tokio::test]
async fn nobody_is_asked_where_the_arguments_do_not_fit() -> Outcome {
    for client in clients(server).await? {
        has_failed(
            &client.call("delete", json!({})).await?,
            "The arguments of `delete` do not fit:\n- `path`: missing; expected a string",
        );
        // A model cannot answer.
        let arguments = json!({ "path": "a", "confirm": { "yes": true } });
        assert_failed(&client.call("delete", arguments).await?, "`confirm`: unknown argument");
        assert!(client.asked().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn what_is_asked_for_is_no_argument() -> Outcome {
    for client in clients(server).await? {
        let listed = ask(&client, "tools/list", ()).await?;
        let tools = listed["tools"].as_array().unwrap();
        let delete = tools.iter().find(|tool| tool["name"] == "delete").unwrap();
        let names = delete["inputSchema"]["properties"].as_object().unwrap().keys();
        assert_eq!(names.collect::<Vec<_>>(), ["path", "times"]);
        let prompts = ask(&client, "prompts/list", ()).await?;
        let place = json!([{ "name": "place", "required": true }]);
        assert_json(&prompts["prompts"][0]["arguments"], &place);
    }
    Ok(())
}

fn confirmation() -> Value {
    json!({
        "message": REALLY,
        "requestedSchema": {
            "type": "object",
            "properties": { "yes": { "type": "boolean", "description": "Whether to go on" } },
            "required": ["yes"],
        },
    })
}

#[tokio::test]
async fn a_question_has_the_name_and_the_form_it_was_given() -> Outcome {
    for client in clients_with(server, |builder| builder.declines(REALLY)).await? {
        let call = client.call("delete", json!({ "path": "a.txt" }));
        let mut form = match call.by_hand().await? {
            CallOutcome::InputRequired(continuation) => {
                let question = json!(continuation.input_requests["confirm"]);
                assert_eq!(question["method"], "elicitation/create");
                question["params"].clone()
            }
            // In a session the question is a request of its own, without a key.
            _ => client.asked()[0].params.clone(),
        };
        // The default mode may be left out.
        let mode = form.as_object_mut().unwrap().remove("mode");
        assert!(mode.is_none_or(|mode| mode == "form"));
        assert_json(&form, &confirmation());
    }
    Ok(())
}

#[tokio::test]
async fn prompts_ask_and_a_question_may_name_an_earlier_answer() -> Outcome {
    const FIRST: &str = "Who is first in Rome?";
    const SECOND: &str = "Whom does Ann meet?";
    let ann = |builder: TestClientBuilder| builder.answers(FIRST, json!({ "name": "Ann" }));
    let both = |builder| ann(builder).answers(SECOND, json!({ "name": "Bob" }));
    for client in clients_with(server, both).await? {
        let result = client.prompt("introduce", [("place", "Rome")]).await?;
        assert_eq!(result.messages[0].content.as_text(), Some("Ann meets Bob in Rome"));
        assert_eq!(asked(&client), [FIRST, SECOND]);
    }
    for client in clients_with(server, |builder| ann(builder).declines(SECOND)).await? {
        let outcome = client.prompt("introduce", [("place", "Rome")]).await;
        let told = "the user was asked \"Whom does Ann meet?\" and declined";
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, told);
        assert_eq!(asked(&client), [FIRST, SECOND]);
    }
    Ok(())
}

#[tokio::test]
async fn resources_and_methods_ask() -> Outcome {
    let script = |builder: TestClientBuilder| {
        builder
            .answers("Greet whom in Rome?", json!({ "name": "Ann" }))
            .cancels("Greet whom in Bern?")
            .answers("Who are you?", json!({ "name": "Bob" }))
    };
    for client in clients_with(server, script).await? {
        let read = client.read("greeting://Rome").await?;
        assert_eq!(read.contents[0].as_text(), Some("Hello Ann"));
        let outcome = client.read("greeting://Bern").await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "gave no answer");
        assert_text(&client.call("greet", ()).await?, "Good morning Bob");
        assert_eq!(asked(&client).len(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told() -> Outcome {
    for client in clients_with(server, TestClientBuilder::incapable).await? {
        let outcome = client.call("delete", json!({ "path": "a.txt" })).await;
        if is_modern(&client) {
            assert_refused(&outcome, ErrorCode::MISSING_CLIENT_CAPABILITY, "elicitation");
        } else {
            let told = "the client cannot be asked this: it does not declare `elicitation`";
            has_failed(&outcome?, told);
        }
    }
    Ok(())
}

/// A user whose first answer is too short.
fn hasty(builder: TestClientBuilder) -> TestClientBuilder {
    builder.configure(|client| {
        let has_answered = AtomicBool::new(false);
        client.on_form(move |_| {
            let again = has_answered.swap(true, Ordering::Relaxed);
            let name = if again { "xy" } else { "x" };
            let answer = json!({ "action": "accept", "content": { "name": name } });
            ready(serde_json::from_value::<ElicitResult>(answer).unwrap())
        })
    })
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_none() -> Outcome {
    for client in clients_with(server, hasty).await? {
        assert_text(&client.call("greet", ()).await?, "Good morning xy");
    }
    Ok(())
}

#[tokio::test]
async fn functions_stay_functions() {
    assert_eq!(delete("a", Confirm { yes: true }, 2).await, "a true 2");
    assert_eq!(consider("a".into(), Elicited::Declined).await, "declined");
}

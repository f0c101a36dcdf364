//! Turns and calls: what the model gets, and what the servers.

use mcp_runtime::Server;
use mcp_runtime::agent::{Agent, End, ServerTools, ToolChoice, ToolId};
use mcp_runtime::protocol::Content;
use serde_json::json;

use crate::kit::{adding, client, free, is_finished, server};
use crate::model::{Script, calls, text};

#[tokio::test]
async fn a_model_calls_tools_until_it_answers() {
    let model = Script::new([calls(&[adding(2, 3)]), calls(&[adding(5, 5)]), text("It is 10.")]);
    let outcome = free(&model).tools(server()).run("2 + 3 + 5?").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!((outcome.text.as_str(), outcome.rounds), ("It is 10.", 3));
    assert_eq!(outcome.stop_reason.as_deref(), Some("stop"));
    assert_eq!((model.results(1), model.results(2)), (vec!["5".into()], vec!["10".into()]));
    assert_eq!(outcome.transcript.messages().len(), 6);
    let seen = model.seen();
    assert_eq!(seen[0].tools, ["add", "delete", "fail"]);
    assert_eq!(seen[0].messages.len(), 1);
    assert_eq!(seen[2].messages.len(), 5);
}

#[tokio::test]
async fn faults_of_calls_go_back_to_the_model() {
    let model = Script::new([
        calls(&[
            ("subtract", json!({})),
            ("add", json!("{\"a\": 1,")),
            ("add", json!("[1, 2]")),
            ("add", json!({ "a": 1 })),
            ("fail", json!({ "reason": "no disk" })),
            adding(1, 1),
        ]),
        text("I see."),
    ]);
    let outcome = free(&model).tools(server()).run("Do").await.unwrap();
    assert!(is_finished(&outcome));
    let results = model.results(1);
    let parts = [
        "! there is no tool `subtract`",
        "! the arguments of the call are not valid JSON",
        "! the arguments of the call are not a JSON object",
        "`b`",
        "! no disk",
        "2",
    ];
    for (result, part) in results.iter().zip(parts) {
        assert!(result.contains(part), "{result} lacks {part}");
    }
    assert!(results[..5].iter().all(|result| result.starts_with("! ")), "{results:?}");
    assert_eq!(results.len(), 6);
}

#[tokio::test]
async fn names_of_several_servers_begin_with_theirs() {
    let one = client(server()).await;
    let model = Script::new([
        calls(&[
            ("kit__add", json!({ "a": 1, "b": 2 })),
            ("kit-2__add", json!({ "a": 3, "b": 4 })),
        ]),
        text("3 and 7"),
    ]);
    let agent = free(&model).tools(&one).tools(server()).tools_as("mine", &one);
    let outcome = agent.run("Add").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!(model.results(1), ["3", "7"]);
    let tools = &model.seen()[0].tools;
    assert_eq!(tools.len(), 9);
    assert!(tools.contains(&"mine__delete".to_owned()), "{tools:?}");
}

#[tokio::test]
async fn a_single_server_may_have_a_name() {
    let model = Script::new([text("Hi")]);
    free(&model).tools(ServerTools::from(server()).name("n")).run("Hi").await.unwrap();
    assert_eq!(model.seen()[0].tools, ["n__add", "n__delete", "n__fail"]);
}

#[tokio::test]
async fn an_agent_without_tools_answers() {
    let model = Script::new([text("Hi")]);
    let outcome = Agent::new(model.clone()).run("Hi").await.unwrap();
    assert_eq!(outcome.text, "Hi");
    assert!(model.seen()[0].tools.is_empty());
}

#[tokio::test]
async fn a_local_server_is_started_once_for_all_runs() {
    let model = Script::new([calls(&[adding(1, 2)]), text("a"), calls(&[adding(3, 4)]), text("b")]);
    let agent = free(&model).tools(server());
    let copy = agent.clone();
    assert_eq!(agent.run("one").await.unwrap().text, "a");
    assert_eq!(copy.run("two").await.unwrap().text, "b");
    assert_eq!(model.results(3), ["7"]);
}

#[tokio::test]
async fn a_forced_choice_holds_for_the_first_turn() {
    let add = ToolId::new("add");
    let subset = |required| ToolChoice::Subset { tools: vec![ToolId::new("add")], required };
    for (choice, then) in [
        (ToolChoice::Required, ToolChoice::Auto),
        (ToolChoice::Tool(add), ToolChoice::Auto),
        (subset(true), subset(false)),
        (subset(false), subset(false)),
        (ToolChoice::None, ToolChoice::None),
    ] {
        let model = Script::new([calls(&[adding(1, 2)]), text("3"), text("Bye")]);
        let agent = free(&model).tools(server()).choice(choice.clone());
        let mut transcript = agent.run("Add").await.unwrap().transcript;
        let choices: Vec<_> = model.seen().into_iter().map(|seen| seen.choice).collect();
        assert_eq!(choices, [choice.clone(), then]);
        // The next message of the user is answered with the choice again.
        transcript.push("Bye");
        agent.resume(transcript).await.unwrap();
        assert_eq!(model.seen()[2].choice, choice);
    }
}

#[tokio::test]
async fn settings_reach_the_model() {
    let model = Script::new([text("Hi")]);
    let agent = free(&model)
        .tools(server())
        .system("Be brief.")
        .parallel(false)
        .strict(true)
        .max_answer_tokens(99)
        .temperature(0.5)
        .stop_sequence("END");
    let mut message = vec![Content::text("What is this?")];
    message.push(Content::image([1, 2, 3], "image/png"));
    agent.run(mcp_runtime::agent::Message::User(message)).await.unwrap();
    let seen = model.seen().remove(0);
    assert_eq!(seen.system.as_deref(), Some("Be brief."));
    assert_eq!((seen.parallel, seen.max_tokens), (Some(false), Some(99)));
    assert_eq!((seen.temperature, seen.stop_sequences), (Some(0.5), vec!["END".to_owned()]));
    assert_eq!(seen.definitions[0]["function"]["strict"], true);
}

#[tokio::test]
async fn long_results_are_cut_for_the_model() {
    let long = "x".repeat(200 << 10);
    let call = || calls(&[("fail", json!({ "reason": long }))]);
    let model = Script::new([call(), text("Long."), call(), text("Long.")]);
    let agent = free(&model).tools(server());
    agent.run("Read").await.unwrap();
    let result = model.results(1).remove(0);
    assert!(result.len() < (100 << 10) + 100, "{}", result.len());
    assert!(result.ends_with("bytes are shown]"), "{}", &result[result.len() - 60..]);
    agent.max_result(10).run("Read").await.unwrap();
    assert!(model.results(3)[0].starts_with("! xxxxxxxxxx\n[cut: 10 of "));
}

#[tokio::test]
async fn a_server_that_cannot_be_started_is_an_error_with_the_transcript() {
    let broken =
        || Server::new("broken", "1.0.0").with::<crate::kit::add>().with::<crate::kit::add>();
    let model = Script::new([text("Hi")]);
    let agent = free(&model).tools_as("mine", broken());
    let error = agent.run("Hi").await.unwrap_err();
    assert!(
        error.to_string().starts_with("the tools of the server `mine` cannot be listed: "),
        "{error}"
    );
    assert_eq!(error.transcript().messages().len(), 1);
    let again = agent.run("Hi").await.unwrap_err();
    assert!(again.to_string().contains("could not be started"), "{again}");
    // Another agent goes on.
    let outcome = free(&model).resume(error.into_transcript()).await.unwrap();
    assert!(matches!(outcome.end, End::Finished));
}

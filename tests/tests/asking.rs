//! The same questions in both eras, over stdio and HTTP.

#![allow(missing_docs)]

use mcp_tests::dialogue::{Dialogue, able, continued};
use mcp_tests::stdio::Era;
use serde_json::{Value, json};

/// Runs a test in both eras over both transports.
fn everywhere(capabilities: &Value, test: impl Fn(&mut Dialogue, Era)) {
    for era in Era::BOTH {
        test(&mut Dialogue::over_pipes("asking", &[], era, capabilities.clone()), era);
        test(&mut Dialogue::over_http("asking", &[], era, capabilities.clone()), era);
    }
}

fn accept(text: &str) -> Value {
    json!({ "action": "accept", "content": { "text": text } })
}

fn action(action: &str) -> Value {
    json!({ "action": action })
}

fn message(question: &Value) -> &str {
    question["params"]["message"].as_str().unwrap_or_else(|| panic!("{question}"))
}

#[track_caller]
fn is_text(result: &Value, expected: &str) {
    assert_eq!(result["content"][0]["text"], expected, "{result}");
}

#[test]
fn questions_follow_one_another() {
    everywhere(&able(), |client, _| {
        let mut asked = Vec::new();
        let result = client.call("sequence", &mut |question| {
            asked.push(message(question).to_owned());
            accept(&asked.len().to_string())
        });
        is_text(&result, "1, 2");
        assert_eq!(asked, ["first", "second, after 1"]);
    });
}

#[test]
fn questions_are_asked_together() {
    everywhere(&able(), |client, _| {
        let mut asked = 0;
        let result = client.call("joined", &mut |question| {
            asked += 1;
            accept(&message(question).to_uppercase())
        });
        is_text(&result, "ONE, OTHER");
        assert_eq!(asked, 2);
    });
}

#[test]
fn a_question_is_asked_in_a_loop() {
    everywhere(&able(), |client, _| {
        let mut answers = ["a", "b", "c", "stop"].into_iter();
        let result = client.call("looped", &mut |_| accept(answers.next().unwrap()));
        is_text(&result, "a, b, c");
    });
}

#[test]
fn once_runs_once() {
    everywhere(&able(), |client, _| {
        is_text(&client.call("after_once", &mut |_| accept("yes")), "1: yes, 1 in all");
        is_text(&client.call("after_once", &mut |_| accept("yes")), "2: yes, 2 in all");
    });
}

#[test]
fn a_user_may_say_no_or_nothing() {
    everywhere(&able(), |client, _| {
        let mut answers = ["decline", "cancel"].into_iter();
        let result = client.call("sequence", &mut |_| action(answers.next().unwrap()));
        is_text(&result, "declined, cancelled");
    });
}

#[test]
fn everything_can_be_asked_at_once() {
    everywhere(&able(), |client, _| {
        let text = json!({ "type": "text", "text": "hello" });
        let result = client.call("everything", &mut |question| match question["method"]
            .as_str()
            .unwrap()
        {
            "elicitation/create" => accept("Ann"),
            "sampling/createMessage" => {
                json!({ "role": "assistant", "content": text, "model": "m" })
            }
            "roots/list" => json!({ "roots": [{ "uri": "file:///a" }, { "uri": "file:///b" }] }),
            other => panic!("{other}"),
        });
        is_text(&result, "Ann, hello, file:///a file:///b");
    });
}

#[test]
fn prompts_and_resources_ask_too() {
    everywhere(&able(), |client, _| {
        let params = json!({ "uri": "asking://who" });
        let read = client.ask("resources/read", params, &mut |_| accept("Ann"));
        assert_eq!(read["contents"][0]["text"], "for Ann", "{read}");
        let params = json!({ "name": "about", "arguments": { "subject": "otters" } });
        let got = client.ask("prompts/get", params, &mut |_| accept("Bob"));
        assert_eq!(got["messages"][0]["content"]["text"], "otters for Bob", "{got}");
    });
}

#[test]
fn missing_capabilities_are_reported() {
    everywhere(&json!({}), |client, era| {
        let mut nobody = |question: &Value| panic!("{question}");
        for (tool, missing) in [("sequence", "elicitation"), ("visit", "elicitation.url")] {
            let result = client.call(tool, &mut nobody);
            let text = format!("the client cannot be asked this: it does not declare `{missing}`");
            match era {
                Era::Modern => {
                    assert_eq!(
                        (&result["code"], &result["message"]),
                        (&json!(-32021), &json!(text))
                    );
                }
                Era::Legacy => {
                    assert_eq!(result["isError"], true);
                    is_text(&result, &text);
                }
            }
        }
    });
}

#[test]
fn an_invalid_answer_is_asked_for_again() {
    everywhere(&able(), |client, _| {
        let mut answers = [accept(""), accept("fine"), accept("fine")].into_iter();
        let result = client.call("sequence", &mut |_| answers.next().unwrap());
        is_text(&result, "fine, fine");
    });
}

#[test]
fn a_user_is_sent_to_a_url() {
    everywhere(&able(), |client, era| {
        let result = client.call("visit", &mut |question| {
            let params = &question["params"];
            assert_eq!(
                (&params["mode"], &params["url"]),
                (&json!("url"), &json!("https://example.com/visit"))
            );
            assert_eq!(params["elicitationId"].is_string(), era == Era::Legacy, "{question}");
            action("accept")
        });
        is_text(&result, "Accepted(())");
        let result = client.call("visit_first", &mut |_| action("accept"));
        match era {
            Era::Modern => is_text(&result, "Accepted(())"),
            Era::Legacy => {
                assert_eq!(result["code"], -32042, "{result}");
                let elicitation = &result["data"]["elicitations"][0];
                assert_eq!(
                    (&elicitation["mode"], &elicitation["elicitationId"]),
                    (&json!("url"), &json!("visit-1"))
                );
            }
        }
    });
}

#[test]
fn a_session_hears_that_its_user_is_done() {
    let mut client = Dialogue::over_pipes("asking", &[], Era::Legacy, able());
    is_text(&client.call("visited", &mut |question| panic!("{question}")), "true");
    let is_notified = |client: &Dialogue| {
        let mut received = client.notifications.iter();
        received.any(|it| {
            it["method"] == "notifications/elicitation/complete"
                && it["params"]["elicitationId"] == "visit-1"
        })
    };
    // The notification may arrive after this response, but not after the response to a later
    // request.
    while !is_notified(&client) {
        client.request("ping", json!({}), &mut |question| panic!("{question}"));
    }
}

#[test]
fn another_instance_goes_on_with_the_call() {
    let key = ["--state-key", "shared"];
    let start = |key: &[&str]| Dialogue::over_http("asking", key, Era::Modern, able());
    let params = json!({ "name": "after_once", "arguments": {} });
    let mut nobody = |question: &Value| panic!("{question}");
    let mut first = start(&key);
    let question = first.request("tools/call", params.clone(), &mut nobody);
    assert_eq!(question["resultType"], "input_required", "{question}");
    // The first instance is gone. Only the client holds the state of the call.
    drop(first);
    let retry = continued(&params, &question, &mut |_| accept("yes"));
    let result = start(&key).request("tools/call", retry.clone(), &mut nobody);
    is_text(&result, "1: yes, 0 in all");
    for other in [&["--state-key", "other"][..], &[]] {
        let refused = start(other).request("tools/call", retry.clone(), &mut nobody);
        assert_eq!(refused["code"], -32602, "{refused}");
    }
}

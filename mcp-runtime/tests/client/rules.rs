//! Requirements of the specification for clients, sentence by sentence.

use std::sync::{Arc, Mutex};

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, NO_ARGUMENTS, Stream};
use mcp_runtime::protocol::{
    CompletionReference, CreateMessageResult, ElicitAction, ElicitResult, LoggingLevel, Role, Root,
    SamplingContent,
};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, initialized, text, text_of};

/// Configures a client that answers forms and no other questions.
fn takes_forms(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    builder.on_form(|_| async { ElicitResult::new(ElicitAction::Decline) })
}

/// Sends a question in a session and returns the response.
async fn ask(
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    method: &str,
    params: Value,
) -> Value {
    let (mut peer, client) = Peer::legacy(configure).await;
    peer.send(json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).await;
    let answer = peer.receive().await;
    drop(client);
    answer
}

fn url(url: &str) -> Value {
    json!({ "mode": "url", "message": "Go", "elicitationId": "1", "url": url })
}

#[tokio::test]
async fn a_modern_server_gets_no_response_not_even_to_a_ping() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        peer.send(json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await;
        let asked = peer.expect("tools/call").await;
        peer.send(json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" })).await;
        peer.answer(&asked, text("one")).await;
        // The next message of the client is the next request.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("two")).await;
    };
    let ask = async { (text_of(client.call("t", ()).await), text_of(client.call("t", ()).await)) };
    let (results, ()) = tokio::join!(ask, server);
    assert_eq!(results, ("one".to_owned(), "two".to_owned()));
}

#[tokio::test]
async fn a_result_of_an_unknown_type_is_invalid_whatever_was_asked() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        for _ in 0..2 {
            let asked = peer.receive().await;
            let result = json!({
                "resultType": "unheard_of", "tools": [], "completion": { "values": [] },
                "ttlMs": 1000, "cacheScope": "public",
            });
            peer.answer(&asked, result).await;
        }
        let asked = peer.expect("tools/list").await;
        peer.answer(&asked, json!({ "resultType": "complete", "tools": [] })).await;
    };
    let ask = async {
        let listed = client.tools().all().await;
        assert!(matches!(listed, Err(Error::Protocol { .. })), "{listed:?}");
        let reference = CompletionReference::prompt("p");
        let completed = client.complete(reference, "a", "", NO_ARGUMENTS).await;
        assert!(matches!(completed, Err(Error::Protocol { .. })), "{completed:?}");
        // It is not cached either.
        client.tools().all().await.unwrap();
    };
    tokio::join!(ask, server);
}

#[tokio::test]
async fn a_mode_of_asking_that_was_not_declared_is_a_wrong_parameter() {
    let answer = ask(takes_forms, "elicitation/create", url("https://example.com")).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let answer = ask(|builder| builder, "elicitation/create", url("https://example.com")).await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
}

#[tokio::test]
async fn a_model_is_given_tools_only_where_that_was_declared() {
    let samples = |builder: ClientBuilder<Stream>| {
        builder.on_sample(|_| async { CreateMessageResult::text("m", "Hello") })
    };
    let params = |added: Value| {
        let mut params = json!({
            "messages": [{ "role": "user", "content": { "type": "text", "text": "Hi" } }],
            "maxTokens": 10,
        });
        params.as_object_mut().unwrap().extend(added.as_object().cloned().unwrap());
        params
    };
    let tools = json!({ "tools": [{ "name": "t", "inputSchema": { "type": "object" } }] });
    let choice = json!({ "toolChoice": { "mode": "auto" } });
    for added in [&tools, &choice] {
        let answer = ask(samples, "sampling/createMessage", params(added.clone())).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        let declared = |builder| samples(builder).sampling_tools(true);
        let answer = ask(declared, "sampling/createMessage", params(added.clone())).await;
        assert_eq!(answer["result"]["model"], "m", "{answer}");
    }
}

#[tokio::test]
async fn a_user_is_sent_to_pages_of_the_web_only() {
    let agrees = |builder: ClientBuilder<Stream>| {
        builder.on_url(|_| async { ElicitResult::new(ElicitAction::Accept) })
    };
    for fine in ["https://example.com/a?b", "http://localhost:1/"] {
        let answer = ask(agrees, "elicitation/create", url(fine)).await;
        assert_eq!(answer["result"]["action"], "accept", "{fine}: {answer}");
    }
    let others = ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "no URL", ""];
    for other in others {
        let answer = ask(agrees, "elicitation/create", url(other)).await;
        assert_eq!(answer["error"]["code"], -32602, "{other}: {answer}");
    }
}

#[tokio::test]
async fn only_the_end_of_a_known_errand_is_heard_of_and_once() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    let (mut peer, client) = Peer::legacy(move |builder| {
        builder
            .on_url(|_| async { ElicitResult::new(ElicitAction::Accept) })
            .on_url_done(move |done| kept.lock().unwrap().push(done.elicitation_id))
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let params = url("https://example.com");
        peer.elicit(1, params).await;
        peer.receive().await;
        for id in ["unknown", "1", "1"] {
            peer.notify("notifications/elicitation/complete", json!({ "elicitationId": id })).await;
        }
        let needed = json!({ "elicitations": [
            { "mode": "url", "message": "Go", "elicitationId": "2", "url": "https://example.com" },
        ] });
        peer.refuse(&asked, -32042, needed).await;
        let asked = peer.expect("tools/call").await;
        peer.notify("notifications/elicitation/complete", json!({ "elicitationId": "2" })).await;
        peer.answer(&asked, text("done")).await;
    };
    let ask = async {
        client.call("t", ()).await.unwrap_err();
        client.call("t", ()).await.unwrap();
    };
    tokio::join!(ask, server);
    assert_eq!(*heard.lock().unwrap(), ["1", "2"]);
}

fn said(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn used(id: &str) -> Value {
    json!({ "type": "tool_use", "id": id, "name": "t", "input": {} })
}

fn result_of(id: &str) -> Value {
    json!({ "type": "tool_result", "toolUseId": id, "content": [said("done")] })
}

fn conversation(messages: &[(&str, Value)]) -> Value {
    let messages =
        messages.iter().map(|(role, content)| json!({ "role": role, "content": content }));
    let tools = json!([{ "name": "t", "inputSchema": { "type": "object" } }]);
    json!({ "messages": messages.collect::<Vec<_>>(), "maxTokens": 10, "tools": tools })
}

#[tokio::test]
async fn results_of_tools_stand_alone_and_answer_every_use() {
    let samples = |builder: ClientBuilder<Stream>| {
        builder
            .on_sample(|_| async { CreateMessageResult::text("m", "Hello") })
            .sampling_tools(true)
    };
    let asked = ("assistant", json!([used("1"), used("2")]));
    let fine = [
        vec![("user", said("Hi"))],
        vec![asked.clone(), ("user", json!([result_of("2"), result_of("1")]))],
    ];
    for messages in fine {
        let answer = ask(samples, "sampling/createMessage", conversation(&messages)).await;
        assert_eq!(answer["result"]["model"], "m", "{answer}");
    }
    let faulty = [
        vec![asked.clone()],
        vec![asked.clone(), ("user", result_of("1"))],
        vec![asked.clone(), ("user", said("go on"))],
        vec![asked.clone(), ("user", json!([result_of("1"), result_of("2"), said("Here")]))],
        vec![asked.clone(), ("user", json!([result_of("1"), result_of("2"), result_of("3")]))],
        vec![asked, ("assistant", said("Hm")), ("user", json!([result_of("1"), result_of("2")]))],
        vec![("user", json!([said("Here"), result_of("1")]))],
        vec![("user", result_of("1"))],
        vec![("user", used("1"))],
        vec![("system", said("Hi"))],
    ];
    for messages in faulty {
        let answer = ask(samples, "sampling/createMessage", conversation(&messages)).await;
        assert_eq!(answer["error"]["code"], -32602, "{messages:?}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("`messages"), "{message}");
    }
}

#[tokio::test]
async fn a_modern_server_gets_no_answer_to_such_messages() {
    let (mut peer, client) = Peer::modern(|builder| {
        builder.on_sample(|_| async { CreateMessageResult::text("m", "Hi") }).sampling_tools(true)
    })
    .await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        let params = conversation(&[("assistant", used("1"))]);
        let question = json!({ "method": "sampling/createMessage", "params": params });
        let result = json!({ "resultType": "input_required", "inputRequests": { "q": question } });
        peer.answer(&asked, result).await;
    };
    let (outcome, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    let Err(Error::Handler(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code.0, -32602);
}

#[tokio::test]
async fn an_answer_of_the_model_is_one() {
    type Make = fn() -> CreateMessageResult;
    let cases: [(Make, Option<&str>); 6] = [
        (|| CreateMessageResult::text("m", "Hello"), None),
        (|| block("use"), None),
        (|| CreateMessageResult::new("m", []), Some("`content`")),
        (|| block("result"), Some("`content[0]`")),
        (|| block("other"), Some("which the model was not given")),
        (
            || {
                let mut answer = CreateMessageResult::text("m", "Hello");
                answer.role = Role::User;
                answer
            },
            Some("`role`"),
        ),
    ];
    for (make, fault) in cases {
        let samples = move |builder: ClientBuilder<Stream>| {
            builder.on_sample(move |_| async move { make() }).sampling_tools(true)
        };
        let params = conversation(&[("user", said("Hi"))]);
        let answer = ask(samples, "sampling/createMessage", params).await;
        match fault {
            None => assert_eq!(answer["result"]["model"], "m", "{answer}"),
            Some(part) => {
                assert_eq!(answer["error"]["code"], -32603, "{answer}");
                assert!(answer["error"]["message"].as_str().unwrap().contains(part), "{answer}");
            }
        }
    }
}

fn block(kind: &str) -> CreateMessageResult {
    let content = match kind {
        "use" => used("1"),
        "result" => result_of("1"),
        _ => json!({ "type": "tool_use", "id": "1", "name": "other", "input": {} }),
    };
    CreateMessageResult::new("m", [serde_json::from_value::<SamplingContent>(content).unwrap()])
}

#[tokio::test]
async fn roots_are_files() {
    let fine = |builder: ClientBuilder<Stream>| builder.roots([Root::new("file:///a b")]);
    let answer = ask(fine, "roots/list", json!({})).await;
    assert_eq!(answer["result"]["roots"], json!([{ "uri": "file:///a b" }]));
    for wrong in ["https://example.com/a", "/home/ann", "file:/a", "file:///a/../b", ""] {
        let roots = [Root::new("file:///a"), Root::new(wrong)];
        let wrong_root = move |builder: ClientBuilder<Stream>| builder.roots(roots);
        let answer = ask(wrong_root, "roots/list", json!({})).await;
        assert_eq!(answer["error"]["code"], -32603, "{wrong}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("`roots[1].uri`"), "{message}");
    }
}

#[tokio::test]
async fn an_action_is_one_of_three() {
    let shrugs = |builder: ClientBuilder<Stream>| {
        let shrug = || ElicitResult::new(ElicitAction::Other("shrug".into()));
        builder.on_form(move |_| async move { shrug() }).on_url(move |_| async move { shrug() })
    };
    let form = json!({ "message": "m", "requestedSchema": { "type": "object", "properties": {} } });
    for params in [form, url("https://example.com")] {
        let answer = ask(shrugs, "elicitation/create", params).await;
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
    }
}

/// Connects to a server with these capabilities, in both eras.
async fn with_capabilities(
    capabilities: &Value,
    configure: impl Fn(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
) -> [(Peer, Client); 2] {
    let (mut legacy, builder) = Peer::new();
    let opening = async {
        let asked = legacy.expect("initialize").await;
        let mut result = initialized("2025-11-25");
        result["capabilities"] = capabilities.clone();
        legacy.answer(&asked, result).await;
        legacy.expect("notifications/initialized").await;
    };
    let connecting = configure(builder.era(Era::Legacy)).connect();
    let (session, ()) = tokio::join!(connecting, opening);
    let (mut modern, builder) = Peer::new();
    let opening = async {
        let asked = modern.expect("server/discover").await;
        let mut result = discovered();
        result["capabilities"] = capabilities.clone();
        modern.answer(&asked, result).await;
    };
    let connecting = configure(builder.era(Era::Modern)).connect();
    let (client, ()) = tokio::join!(connecting, opening);
    [(legacy, session.unwrap()), (modern, client.unwrap())]
}

#[tokio::test]
async fn capabilities_that_a_server_lacks_are_not_used() {
    let lacking = json!({ "resources": {}, "experimental": {} });
    let [(mut peer, client), (mut modern, modern_client)] =
        with_capabilities(&lacking, |builder| builder).await;
    let server = async {
        let asked = peer.expect("resources/list").await;
        peer.answer(&asked, json!({ "resources": [] })).await;
        // Nothing else is requested before.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("done")).await;
    };
    let ask = async {
        assert!(client.tools().all().await.unwrap().is_empty());
        assert!(client.prompts().all().await.unwrap().is_empty());
        client.set_log_level(LoggingLevel::Debug).await.unwrap();
        let reference = CompletionReference::prompt("p");
        let completion = client.complete(reference, "a", "x", NO_ARGUMENTS).await.unwrap();
        assert!(completion.values.is_empty());
        client.roots_changed().await.unwrap();
        assert!(client.resources().all().await.unwrap().is_empty());
        client.call("t", ()).await.unwrap();
    };
    tokio::join!(ask, server);
    // Without a handshake there is no agreement, and the server refuses what it lacks.
    let server = async {
        let asked = modern.expect("prompts/list").await;
        modern.refuse(&asked, -32601, Value::Null).await;
        let asked = modern.expect("resources/list").await;
        modern.refuse(&asked, -32601, Value::Null).await;
    };
    let ask = async {
        assert!(modern_client.prompts().all().await.unwrap().is_empty());
        // What is declared has to be there.
        modern_client.resources().all().await.unwrap_err();
    };
    tokio::join!(ask, server);
}

#[tokio::test]
async fn changes_of_roots_are_reported_where_there_are_roots() {
    let all = json!({ "tools": {} });
    let with_roots = |builder: ClientBuilder<Stream>| builder.roots([Root::new("file:///a")]);
    let [(mut peer, client), (mut modern, modern_client)] =
        with_capabilities(&all, with_roots).await;
    client.roots_changed().await.unwrap();
    peer.expect("notifications/roots/list_changed").await;
    // The modern era has no such notification.
    modern_client.roots_changed().await.unwrap();
    let server = async {
        let asked = modern.expect("tools/call").await;
        modern.answer(&asked, text("done")).await;
    };
    let (outcome, ()) = tokio::join!(modern_client.call("t", ()).into_future(), server);
    outcome.unwrap();
}

//! Instances and Redis are killed while clients use them.

use std::net::SocketAddr;
use std::path::Path;

use mcp_tests::http::{HttpServer, send};
use mcp_tests::process::send_signal;
use serde_json::{Value, json};

use super::{Fleet, Session, text};

/// Process in a progress message of `wait`.
fn process(progress: &Value) -> u32 {
    let message = progress["params"]["message"].as_str().unwrap_or_default();
    let id = message.strip_prefix("process ").and_then(|id| id.parse().ok());
    id.unwrap_or_else(|| panic!("{progress}"))
}

#[test]
fn a_call_whose_instance_is_killed_ends_with_one_error() {
    let Some(mut fleet) = Fleet::start() else { return };
    let session = Session::open(fleet.balancer);
    let mut waiting = session.call(fleet.balancer, 7, "wait");
    let (last, progress) = waiting.next_event().expect("progress");
    let killed = process(&progress);
    let other = fleet.instances.iter().find(|it| it.id() != killed).expect("there are two").address;
    let mut resumed = session.resume(other, &last);
    assert_eq!(resumed.status(), 200, "{}", resumed.head);
    fleet.instances.iter_mut().find(|it| it.id() == killed).expect("it is one of them").kill();
    assert!(waiting.next_event().is_none(), "the connection has broken");
    let (_, end) = resumed.next_event().expect("an error");
    assert_eq!(end["id"], 7, "{end}");
    let message = end["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("send the request again"), "{end}");
    assert!(resumed.next_event().is_none(), "there is one end");
    // A client that was away meanwhile gets the same.
    assert_eq!(session.resume(other, &last).next_event().map(|(_, end)| end), Some(end));
    // The session goes on.
    for id in 8..12 {
        let process = text(session.call(fleet.balancer, id, "instance"));
        assert_ne!(process, killed.to_string());
    }
}

#[test]
fn an_instance_that_is_stopped_hands_its_sessions_over() {
    let Some(fleet) = Fleet::start() else { return };
    let [one, other] = fleet.instances;
    let session = Session::open(one.address);
    let mut own = session.listen(one.address);
    let mut waiting = session.call(one.address, 7, "wait");
    let (last, _) = waiting.next_event().expect("progress");
    assert_eq!(one.signal("TERM"), Some(0));
    let (_, end) = waiting.next_event().expect("an error");
    assert_eq!((&end["id"], end["error"].is_null()), (&json!(7), false), "{end}");
    assert!(waiting.next_event().is_none(), "the stream has ended");
    assert!(own.next_event().is_none(), "the own stream has ended");
    let again = session.resume(other.address, &last).next_event().map(|(_, end)| end);
    assert_eq!(again, Some(end), "it is stored");
    assert_eq!(text(session.call(other.address, 8, "instance")), other.id().to_string());
}

#[test]
fn a_paused_instance_writes_nothing_more() {
    let Some(fleet) = Fleet::start() else { return };
    let [one, other] = &fleet.instances;
    let session = Session::open(one.address);
    let mut asking = session.call(one.address, 1, "greet");
    let (last, question) = asking.next_event().expect("a question");
    let mut resumed = session.resume(other.address, &last);
    assert_eq!(resumed.status(), 200, "{}", resumed.head);
    send_signal(one.id(), "STOP");
    let (_, end) = resumed.next_event().expect("an error");
    assert!(end["error"]["message"].as_str().is_some(), "{end}");
    send_signal(one.id(), "CONT");
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    assert_eq!(session.post(one.address, &answer).status(), 202);
    // It goes on with the call on its own connection.
    let (_, answered) = asking.next_event().expect("an answer");
    assert_eq!(answered["result"]["content"][0]["text"], "Hello Ann!", "{answered}");
    let mut again = session.resume(other.address, &last);
    assert_eq!(again.next_event().map(|(_, end)| end), Some(end), "there is one end");
    assert!(again.next_event().is_none(), "nothing follows it");
}

#[test]
fn a_task_goes_on_when_its_instance_is_killed() {
    let Some(mut fleet) = Fleet::start() else { return };
    let [one, other] = fleet.instances.each_ref().map(|instance| instance.address);
    let session = Session::open(one);
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "greet_later", "arguments": {}, "task": {},
    } });
    let created: Value = serde_json::from_str(&session.post(one, &call).text()).expect("JSON");
    let task = created["result"]["task"]["taskId"].clone();
    let ask = |address, id: u64, method: &str| {
        let params = json!({ "taskId": task });
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        session.post(address, &body)
    };
    let mut waiting = ask(one, 2, "tasks/result");
    let (_, question) = waiting.next_event().expect("a question");
    assert_eq!(question["method"], "elicitation/create", "{question}");
    fleet.instances[0].kill();
    let mut waiting = ask(other, 3, "tasks/result");
    let (_, question) = waiting.next_event().expect("the same question");
    assert_eq!(question["method"], "elicitation/create", "{question}");
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    assert_eq!(session.post(other, &answer).status(), 202);
    let (_, result) = waiting.next_event().expect("the result");
    assert_eq!(result["result"]["content"][0]["text"], "Hello Ann!", "{result}");
}

#[test]
fn nothing_acknowledged_is_lost_when_redis_restarts() {
    let Some(fleet) = Fleet::start() else { return };
    let [one, other] = fleet.instances.each_ref().map(|instance| instance.address);
    let session = Session::open(one);
    let mut asking = session.call(one, 1, "greet");
    let (last, question) = asking.next_event().expect("a question");
    assert_eq!(text(session.call(other, 2, "instance")), fleet.instances[1].id().to_string());
    fleet.redis.kill();
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    let refused = session.post(other, &answer);
    assert_eq!(refused.status(), 503);
    let reason = refused.text();
    assert!(reason.contains("send the message again later"), "{reason}");
    let unopened = send(
        one,
        "/mcp",
        "POST",
        "",
        Some(&json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
    } })),
    );
    assert_eq!(unopened.status(), 503);
    // The key of `requestState` is in the store.
    let refused = round(one, None);
    assert_eq!(refused["error"]["code"], -32603, "{refused}");
    let reason = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(reason.contains("send the request again later"), "{reason}");
    fleet.redis.restart();
    while session.post(other, &answer).status() != 202 {}
    let (_, answered) = asking.next_event().expect("an answer");
    assert_eq!(answered["result"]["content"][0]["text"], "Hello Ann!", "{answered}");
    let again = session.resume(other, &last).next_event().map(|(_, answer)| answer);
    assert_eq!(again, Some(answered), "the stream is stored");
    fleet.redis.kill();
    fleet.redis.restart();
    let later = HttpServer::start_with("fleet", &["--instance", &fleet.redis.database(0)]);
    assert_eq!(text(session.call(later.address, 3, "instance")), later.id().to_string());
}

#[test]
fn a_session_in_a_file_outlives_a_killed_server() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet-file");
    // It is there if an earlier run failed.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the folder can be created");
    let path = folder.join("state.redb");
    let start = || HttpServer::start_with("long_job", &["--store", path.to_str().expect("text")]);
    let mut server = start();
    let session = Session::open(server.address);
    let list = |id: u64| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
    assert_eq!(session.post(server.address, &list(1)).status(), 200);
    server.kill();
    let server = start();
    assert_eq!(session.post(server.address, &list(2)).status(), 200);
    let end = send(server.address, "/mcp", "DELETE", &session.headers(), None);
    assert_eq!(end.status(), 204);
    assert_eq!(session.post(server.address, &list(3)).status(), 404);
}

/// The answer to a round of `greet` in the modern era.
fn round(address: SocketAddr, answers: Option<(&Value, &Value)>) -> Value {
    let mut params = json!({ "name": "greet", "arguments": {}, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    } });
    if let Some((state, responses)) = answers {
        params["requestState"] = state.clone();
        params["inputResponses"] = responses.clone();
    }
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let headers =
        "mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: greet\r\n";
    let response = send(address, "/mcp", "POST", headers, Some(&body)).text();
    serde_json::from_str(&response).unwrap_or_else(|_| panic!("{response}"))
}

#[test]
fn a_round_that_was_answered_by_a_killed_instance_has_its_answer() {
    let Some(mut fleet) = Fleet::start() else { return };
    let [one, other] = fleet.instances.each_ref().map(|instance| instance.address);
    let asked = round(one, None);
    let state = &asked["result"]["requestState"];
    let questions = asked["result"]["inputRequests"].as_object();
    let key = questions.and_then(|questions| questions.keys().next());
    let key = key.unwrap_or_else(|| panic!("there is no question in {asked}"));
    let responses =
        |name: &str| json!({ key: { "action": "accept", "content": { "name": name } } });
    let answered = round(one, Some((state, &responses("Ann"))));
    assert_eq!(answered["result"]["content"][0]["text"], "Hello Ann!", "{answered}");
    fleet.instances[0].kill();
    let again = round(other, Some((state, &responses("Ann"))));
    assert_eq!(again, answered);
    // The state has been used with other responses.
    let refused = round(other, Some((state, &responses("Bob"))));
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
}

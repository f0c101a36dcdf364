//! Sessions that are opened on one instance and used on another.

use mcp_runtime::Principal;
use mcp_runtime::http::HttpConfig;
use serde_json::{Value, json};

use super::on_both;
use super::pair::{Instance, Pair, able, call, delete, get, message};
use crate::client::{Draft, LEGACY, events, initialize, next, next_event, open_by, soon};

on_both!(
    every_instance_serves_a_session,
    a_session_outlives_its_instance,
    a_session_of_another_principal_is_unknown,
    a_session_ends_everywhere,
    a_question_is_answered_through_another_instance,
    an_unreadable_answer_fails_the_question_on_another_instance,
    answers_in_an_array_are_passed_on,
    a_request_is_cancelled_through_another_instance,
    messages_of_other_sessions_do_not_count,
    many_changes_at_once_are_all_kept,
    a_log_level_holds_everywhere,
    a_subscription_is_heard_on_another_instance,
    a_question_finds_the_own_stream_on_another_instance,
    roots_change_everywhere,
    a_task_asks_through_the_own_stream_of_another_instance,
);

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

/// Sends a request until it is served, or no longer is. Other instances learn of changes by messages.
async fn until(draft: Draft, instance: &Instance, status: u16) {
    soon(async {
        while draft.send(&instance.service).await.status != status {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn every_instance_serves_a_session(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(message(&session, initialized).send(&b.service).await.status, 202);
    for (id, instance) in [&a, &b, &a, &b].into_iter().enumerate() {
        let add = call(&session, id as i64, "add", json!({ "a": 1, "b": id }));
        assert_eq!(add.send(&instance.service).await.text_result(), (1 + id).to_string());
    }
    let again = Draft::post(initialize(LEGACY)).with("mcp-session-id", &session);
    assert_eq!(again.send(&b.service).await.status, 400, "it is open");
}

async fn a_session_outlives_its_instance(Pair { a, b, store, place }: Pair) {
    let session = able(&a.service).await;
    drop((a, b));
    let later = Instance::new(&store, HttpConfig::local());
    let add = call(&session, 1, "add", json!({ "a": 1, "b": 2 }));
    assert_eq!(add.send(&later.service).await.text_result(), "3");
    drop(place);
}

async fn a_session_of_another_principal_is_unknown(Pair { a, b, .. }: Pair) {
    let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
    let session = open_by(&a.service, LEGACY, ann.clone()).await;
    let unknown = "0".repeat(32);
    for instance in [&b, &a] {
        for draft in [
            |id: &str| call(id, 1, "add", json!({ "a": 1, "b": 2 })),
            |id: &str| get(id, None),
            delete,
        ] {
            for principal in [bob.clone(), Principal::anonymous(), ann.clone().issued_by("x")] {
                let theirs = draft(&session).by(principal.clone()).send(&instance.service).await;
                let none = draft(&unknown).by(principal).send(&instance.service).await;
                assert_eq!(theirs.status, 404);
                assert_eq!((theirs.status, &theirs.body), (none.status, &none.body));
                assert_eq!(theirs.headers, none.headers);
            }
        }
    }
    for instance in [&b, &a] {
        let add = call(&session, 1, "add", json!({ "a": 1, "b": 2 }));
        let answer = add.by(ann.clone().scoped(["more"])).send(&instance.service).await;
        assert_eq!(answer.text_result(), "3");
    }
}

async fn a_session_ends_everywhere(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let park = call(&session, 1, "park", json!({ "say": true }));
    let mut parked = park.begin(&a.service).await.into_body();
    soon(a.signals.parked.notified()).await;
    assert_eq!(delete(&session).send(&b.service).await.status, 204);
    soon(a.signals.dropped.notified()).await;
    while soon(next(&mut parked)).await.is_some() {}
    let add = call(&session, 2, "add", json!({ "a": 1, "b": 2 }));
    assert_eq!(add.send(&b.service).await.status, 404);
    until(add, &a, 404).await;
    assert_eq!(delete(&session).send(&b.service).await.status, 404);
}

async fn a_question_is_answered_through_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut body = call(&session, 1, "greet", json!({})).begin(&a.service).await.into_body();
    let question = soon(next_event(&mut body)).await;
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    assert_eq!(message(&session, answer).send(&b.service).await.status, 202);
    assert_eq!(text(&soon(next_event(&mut body)).await), "Ann");
    assert_eq!(next(&mut body).await, None);
}

async fn an_unreadable_answer_fails_the_question_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut body = call(&session, 1, "roots", json!({})).begin(&a.service).await.into_body();
    let question = soon(next_event(&mut body)).await;
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": [], "error": [] });
    message(&session, answer).send(&b.service).await;
    let failed = soon(next_event(&mut body)).await;
    assert_eq!(failed["result"]["isError"], true, "{failed}");
}

async fn answers_in_an_array_are_passed_on(Pair { a, b, .. }: Pair) {
    let mut opening = initialize("2025-03-26");
    opening["params"]["capabilities"] = json!({ "roots": {} });
    let opened = Draft::post(opening).send(&a.service).await;
    let session = opened.header("mcp-session-id");
    let mut body = call(session, 1, "roots", json!({})).begin(&a.service).await.into_body();
    let question = soon(next_event(&mut body)).await;
    let roots = json!({ "roots": [{ "uri": "file:///a" }] });
    let answers = json!([{ "jsonrpc": "2.0", "id": question["id"], "result": roots }]);
    assert_eq!(message(session, answers).send(&b.service).await.status, 202);
    assert_eq!(text(&soon(next_event(&mut body)).await), "1");
}

async fn a_request_is_cancelled_through_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let park = call(&session, 7, "park", json!({ "say": true }));
    let mut parked = park.begin(&a.service).await.into_body();
    soon(a.signals.parked.notified()).await;
    let cancelled = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 },
    });
    assert_eq!(message(&session, cancelled).send(&b.service).await.status, 202);
    soon(a.signals.dropped.notified()).await;
    let mut rest = String::new();
    while let Some(more) = soon(next(&mut parked)).await {
        rest.push_str(&more);
    }
    assert!(events(&rest).iter().all(|event| event["id"] != 7), "{rest}");
}

async fn messages_of_other_sessions_do_not_count(Pair { a, b, .. }: Pair) {
    let (session, other) = (able(&a.service).await, able(&a.service).await);
    let mut body = call(&session, 7, "greet", json!({})).begin(&a.service).await.into_body();
    let question = soon(next_event(&mut body)).await;
    let answer = |name: &str| {
        let content = json!({ "action": "accept", "content": { "name": name } });
        json!({ "jsonrpc": "2.0", "id": question["id"], "result": content })
    };
    let cancelled = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 },
    });
    for instance in [&b, &a] {
        assert_eq!(message(&other, answer("Eve")).send(&instance.service).await.status, 202);
        assert_eq!(message(&other, cancelled.clone()).send(&instance.service).await.status, 202);
    }
    assert_eq!(message(&session, answer("Ann")).send(&b.service).await.status, 202);
    assert_eq!(text(&soon(next_event(&mut body)).await), "Ann");
}

async fn many_changes_at_once_are_all_kept(Pair { a, b, store, place }: Pair) {
    let session = able(&a.service).await;
    let mut changes = tokio::task::JoinSet::new();
    for id in 0..100 {
        let uri = json!({ "uri": format!("clock://{id}") });
        let subscribe = Draft::in_session(&session, id, "resources/subscribe", uri);
        let service = if id % 2 == 0 { a.service.clone() } else { b.service.clone() };
        changes.spawn(async move { subscribe.send(&service).await.json() });
    }
    while let Some(answer) = soon(changes.join_next()).await {
        let answer = answer.unwrap();
        assert_eq!(answer["result"], json!({}), "{answer}");
    }
    drop((a, b));
    let later = Instance::new(&store, HttpConfig::local());
    let mut own = get(&session, None).begin(&later.service).await.into_body();
    let mut updated = std::collections::BTreeSet::new();
    while updated.len() < 100 {
        for event in events(&soon(next(&mut own)).await.unwrap()) {
            updated.extend(event["params"]["uri"].as_str().map(str::to_owned));
        }
    }
    drop(place);
}

async fn a_log_level_holds_everywhere(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let count = |events: Vec<Value>| {
        events.iter().filter(|event| event["method"] == "notifications/message").count()
    };
    let log = |id| call(&session, id, "log", json!({}));
    assert_eq!(count(log(1).send(&b.service).await.events()), 1);
    let level = Draft::in_session(&session, 2, "logging/setLevel", json!({ "level": "debug" }));
    assert_eq!(level.send(&a.service).await.json()["result"], json!({}));
    assert_eq!(count(log(3).send(&a.service).await.events()), 2);
    soon(async {
        let mut id = 4;
        while count(log(id).send(&b.service).await.events()) != 2 {
            tokio::task::yield_now().await;
            id += 1;
        }
    })
    .await;
}

async fn a_subscription_is_heard_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let uri = json!({ "uri": "clock://now" });
    let subscribe = Draft::in_session(&session, 1, "resources/subscribe", uri.clone());
    assert_eq!(subscribe.send(&a.service).await.json()["result"], json!({}));
    let mut own = get(&session, None).begin(&b.service).await.into_body();
    // It may have changed before.
    let updated = soon(next_event(&mut own)).await;
    assert_eq!(updated["method"], "notifications/resources/updated");
    b.handle.resource_updated("clock://now");
    let updated = soon(next_event(&mut own)).await;
    assert_eq!(
        (&updated["method"], &updated["params"]),
        (&json!("notifications/resources/updated"), &uri)
    );
    let unsubscribe = Draft::in_session(&session, 2, "resources/unsubscribe", uri);
    assert_eq!(unsubscribe.send(&b.service).await.json()["result"], json!({}));
    b.handle.resource_updated("clock://now");
    b.handle.resource_updated("clock://now");
    let restart = get(&session, None).begin(&b.service).await;
    drop((own, restart));
}

async fn a_question_finds_the_own_stream_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut own = get(&session, None).begin(&b.service).await.into_body();
    // It takes no events, so the question needs the own stream, which the instance hears of by a message.
    let ask = |id| call(&session, id, "greet", json!({})).with("accept", "application/json");
    let asking = async {
        let mut id = 1;
        loop {
            tokio::task::yield_now().await;
            let answer = ask(id).send(&a.service).await;
            if answer.json()["result"]["isError"] != true {
                return answer;
            }
            id += 1;
        }
    };
    let answering = async {
        let question = next_event(&mut own).await;
        let content = json!({ "action": "accept", "content": { "name": "Bob" } });
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
        assert_eq!(message(&session, answer).send(&b.service).await.status, 202);
    };
    let (answer, ()) = soon(async { tokio::join!(asking, answering) }).await;
    assert_eq!(answer.text_result(), "Bob");
}

async fn roots_change_everywhere(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let count = async |id: i64, roots: Option<Value>| {
        let response = call(&session, id, "roots", json!({})).begin(&a.service).await;
        if response.headers()["content-type"] == "application/json" {
            return None;
        }
        let mut body = response.into_body();
        let question = soon(next_event(&mut body)).await;
        let result = json!({ "roots": roots? });
        let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        assert_eq!(message(&session, answer).send(&b.service).await.status, 202);
        Some(text(&soon(next_event(&mut body)).await).to_owned())
    };
    let root = json!({ "uri": "file:///a" });
    assert_eq!(count(1, Some(json!([root]))).await.as_deref(), Some("1"));
    assert_eq!(count(2, None).await, None, "they are known");
    let changed = json!({ "jsonrpc": "2.0", "method": "notifications/roots/list_changed" });
    assert_eq!(message(&session, changed).send(&b.service).await.status, 202);
    let mut id = 3;
    let counted = soon(async {
        loop {
            if let Some(counted) = count(id, Some(json!([root, root]))).await {
                return counted;
            }
            tokio::task::yield_now().await;
            id += 1;
        }
    });
    assert_eq!(counted.await, "2");
}

async fn a_task_asks_through_the_own_stream_of_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut own = get(&session, None).begin(&b.service).await.into_body();
    let params = json!({ "name": "greet_later", "task": {} });
    let created = Draft::in_session(&session, 1, "tools/call", params).send(&a.service).await;
    let id = created.json()["result"]["task"]["taskId"].clone();
    let look = |request| Draft::in_session(&session, request, "tasks/get", json!({ "taskId": id }));
    let looking = async {
        for request in 2.. {
            tokio::task::yield_now().await;
            let instance = if request % 2 == 0 { &a } else { &b };
            let seen = look(request).send(&instance.service).await;
            if seen.json()["result"]["status"] == "completed" {
                return;
            }
        }
    };
    let mut questions = 0;
    let answering = async {
        loop {
            let events = events(&next(&mut own).await.unwrap());
            for event in events.iter().filter(|event| event["method"] == "elicitation/create") {
                questions += 1;
                let content = json!({ "action": "accept", "content": { "name": "Eve" } });
                let answer = json!({ "jsonrpc": "2.0", "id": event["id"], "result": content });
                assert_eq!(message(&session, answer).send(&a.service).await.status, 202);
            }
        }
    };
    soon(async {
        tokio::select! {
            () = looking => {}
            () = answering => {}
        }
    })
    .await;
    assert_eq!(questions, 1, "a user is not asked twice");
}

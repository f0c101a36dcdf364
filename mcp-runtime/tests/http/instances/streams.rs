//! Streams that are begun on one instance and read on another.

use http_body_util::BodyExt as _;
use mcp_runtime::Principal;
use mcp_runtime::http::{HttpBody, HttpConfig};
use serde_json::{Value, json};

use super::on_both;
use super::pair::{Instance, Pair, able, call, delete, get, message, resume};
use crate::client::{LEGACY, events, last_id, next, open_by, soon};

on_both!(
    a_running_stream_is_resumed_on_another_instance,
    an_ended_stream_is_resumed_on_another_instance,
    every_event_can_be_the_last_one,
    an_answer_outlives_its_instance,
    a_request_whose_instance_has_gone_ends_with_one_error,
    a_request_that_a_shutdown_interrupts_ends_with_an_error,
    a_question_on_a_resumed_stream_is_answered,
    a_handler_lets_its_connection_go_and_its_client_comes_back_elsewhere,
    a_stream_of_another_principal_is_unknown,
    a_stream_that_never_was_is_refused,
    a_stream_ends_with_its_session,
    an_own_stream_goes_on_on_another_instance,
);

/// Everything a response still contains.
async fn rest(body: HttpBody) -> String {
    let rest = soon(body.collect()).await.unwrap().to_bytes();
    String::from_utf8(rest.to_vec()).unwrap()
}

fn check_answer(text: &str, id: i64, expected: &str) {
    let events = events(text);
    assert_eq!(events.iter().filter(|event| event["id"] == id).count(), 1, "{text}");
    let answer = events.last().unwrap();
    assert_eq!(answer["result"]["content"][0]["text"], expected, "{answer}");
}

fn check_error(text: &str, id: i64) {
    let events = events(text);
    let ends: Vec<&Value> = events.iter().filter(|event| event["id"] == id).collect();
    let [end] = ends[..] else { panic!("{text}") };
    let message = end["error"]["message"].as_str().unwrap();
    assert!(message.contains("send the request again"), "{message}");
}

/// Calls `park`, which sends its progress and waits. Returns the stream and its first event.
async fn parked(instance: &Instance, session: &str, id: i64) -> (HttpBody, String) {
    let park = call(session, id, "park", json!({ "say": true }));
    let mut body = soon(park.begin(&instance.service)).await.into_body();
    let first = soon(next(&mut body)).await.unwrap();
    (body, first)
}

async fn a_running_stream_is_resumed_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let (body, first) = parked(&a, &session, 1).await;
    drop(body);
    let resumed = resume(&b, &session, &last_id(&first)).await;
    a.signals.go.notify_one();
    let text = rest(resumed).await;
    check_answer(&text, 1, "went on");
    // It has the ids that the first instance gives, so the client may go back.
    assert_eq!(last_id(&text), last_id(&first).replace("-0", "-1"));
    check_answer(&rest(resume(&a, &session, &last_id(&first)).await).await, 1, "went on");
}

async fn an_ended_stream_is_resumed_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let (body, first) = parked(&a, &session, 1).await;
    a.signals.go.notify_one();
    let text = rest(body).await;
    check_answer(&text, 1, "went on");
    for instance in [&b, &a] {
        let again = rest(resume(instance, &session, &last_id(&first)).await).await;
        assert_eq!(again, text);
    }
    assert_eq!(rest(resume(&b, &session, &last_id(&text)).await).await, "", "it has ended");
}

async fn every_event_can_be_the_last_one(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let body = call(&session, 1, "report", json!({})).begin(&a.service).await.into_body();
    let text = rest(body).await;
    let all: Vec<_> = text.split_inclusive("\n\n").collect();
    assert!(all.len() >= 2, "{text}");
    for (index, event) in all.iter().enumerate() {
        let behind = rest(resume(&b, &session, &last_id(event)).await).await;
        assert_eq!(behind, all[index + 1..].concat());
    }
}

async fn an_answer_outlives_its_instance(Pair { a, b, store, place }: Pair) {
    let session = able(&a.service).await;
    let (body, first) = parked(&a, &session, 1).await;
    a.signals.go.notify_one();
    let text = rest(body).await;
    // The events are in the store once another instance has them all.
    assert_eq!(rest(resume(&b, &session, &last_id(&first)).await).await, text);
    drop((a, b));
    let later = Instance::new(&store, HttpConfig::local());
    assert_eq!(rest(resume(&later, &session, &last_id(&first)).await).await, text);
    drop(place);
}

async fn a_request_whose_instance_has_gone_ends_with_one_error(Pair { a, b, store, place }: Pair) {
    let session = able(&a.service).await;
    let (body, first) = parked(&a, &session, 1).await;
    let (one, other) = (
        resume(&b, &session, &last_id(&first)).await,
        resume(&b, &session, &last_id(&first)).await,
    );
    drop((a, body));
    let (one, other) = tokio::join!(rest(one), rest(other));
    check_error(&one, 1);
    assert_eq!(one, other, "there is one end");
    drop(b);
    let later = Instance::new(&store, HttpConfig::local());
    assert_eq!(rest(resume(&later, &session, &last_id(&first)).await).await, one);
    drop(place);
}

async fn a_request_that_a_shutdown_interrupts_ends_with_an_error(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let (body, first) = parked(&a, &session, 1).await;
    let waiting = call(&session, 2, "park", json!({ "say": false }));
    let waiting = async {
        let answer = waiting.send(&a.service).await;
        assert_eq!(answer.status, 503);
        check_error(&format!("data: {}\n\n", answer.body), 2);
    };
    let ending = async {
        soon(a.signals.parked.notified()).await;
        soon(a.service.shutdown()).await;
        rest(body).await
    };
    let ((), text) = soon(async { tokio::join!(waiting, ending) }).await;
    check_error(&text, 1);
    assert_eq!(rest(resume(&b, &session, &last_id(&first)).await).await, text);
    let add = call(&session, 3, "add", json!({ "a": 1, "b": 2 }));
    assert_eq!(add.send(&b.service).await.text_result(), "3", "the session goes on");
}

async fn a_question_on_a_resumed_stream_is_answered(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut body = call(&session, 1, "greet", json!({})).begin(&a.service).await.into_body();
    let asked = soon(next(&mut body)).await.unwrap();
    drop(body);
    let id = last_id(&asked);
    let mut resumed = resume(&b, &session, &id).await;
    let question = events(&asked).remove(0);
    let content = json!({ "action": "accept", "content": { "name": "Ann" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": content });
    assert_eq!(message(&session, answer).send(&b.service).await.status, 202);
    check_answer(&soon(next(&mut resumed)).await.unwrap(), 1, "Ann");
}

async fn a_handler_lets_its_connection_go_and_its_client_comes_back_elsewhere(
    Pair { a, b, .. }: Pair,
) {
    let session = able(&a.service).await;
    let response = call(&session, 1, "leave", json!({})).begin(&a.service).await;
    soon(a.signals.parked.notified()).await;
    let left = rest(response.into_body()).await;
    assert_eq!(events(&left), [] as [Value; 0]);
    let resumed = resume(&b, &session, &last_id(&left)).await;
    a.signals.go.notify_one();
    check_answer(&rest(resumed).await, 1, "went on");
}

async fn a_stream_of_another_principal_is_unknown(Pair { a, b, .. }: Pair) {
    let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
    let session = open_by(&a.service, LEGACY, ann.clone()).await;
    let report = call(&session, 1, "report", json!({})).by(ann.clone());
    let text = rest(report.begin(&a.service).await.into_body()).await;
    let last = last_id(text.split_inclusive("\n\n").next().unwrap());
    let theirs = open_by(&b.service, LEGACY, bob.clone()).await;
    for instance in [&b, &a] {
        for principal in [bob.clone(), Principal::anonymous()] {
            let stolen = get(&session, Some(&last)).by(principal).send(&instance.service).await;
            assert_eq!(stolen.status, 404);
        }
        // In a session of one's own there is no such stream.
        let stolen = get(&theirs, Some(&last)).by(bob.clone()).send(&instance.service).await;
        let unknown = get(&theirs, Some("7-7")).by(bob.clone()).send(&instance.service).await;
        assert_eq!(stolen.status, 400);
        assert_eq!((stolen.status, stolen.body), (unknown.status, unknown.body));
    }
}

async fn a_stream_that_never_was_is_refused(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    for instance in [&b, &a] {
        for last in ["1-0", "99999999999-1", "a-b", "1"] {
            let refused = get(&session, Some(last)).send(&instance.service).await;
            assert_eq!(refused.status, 400, "{last}");
        }
    }
}

async fn a_stream_ends_with_its_session(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let (_body, first) = parked(&a, &session, 1).await;
    let resumed = resume(&b, &session, &last_id(&first)).await;
    assert_eq!(delete(&session).send(&a.service).await.status, 204);
    assert!(events(&rest(resumed).await).iter().all(|event| event["id"] != 1));
    soon(a.signals.dropped.notified()).await;
}

async fn an_own_stream_goes_on_on_another_instance(Pair { a, b, .. }: Pair) {
    let session = able(&a.service).await;
    let mut own = get(&session, None).begin(&a.service).await.into_body();
    let own_event = async |body: &mut HttpBody| soon(next(body)).await.unwrap();
    a.handle.add_tool(crate::site::another_tool("one")).unwrap();
    let heard = own_event(&mut own).await;
    drop(own);
    let mut own = get(&session, Some(&last_id(&heard))).begin(&b.service).await.into_body();
    let again = events(&own_event(&mut own).await);
    let is_change = |event: &Value| event["method"].as_str().unwrap().ends_with("/list_changed");
    assert!(again.iter().all(is_change) && !again.is_empty(), "{again:?}");
}

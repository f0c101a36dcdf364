//! Transcripts that were not written by an agent.

use mcp_runtime::agent::{Agent, Transcript};
use serde_json::{Value, json};

use crate::kit::{free, server};
use crate::model::{Reply, Script, text};

fn turn(calls: Value) -> Value {
    json!({ "model": { "text": "", "provider": "open_ai_chat", "calls": calls, "history": [] } })
}

fn call(name: &str, arguments: Value) -> Value {
    json!({ "id": "c0", "name": name, "arguments": arguments })
}

async fn go_on(transcript: Value) -> Result<Vec<String>, String> {
    let read: Transcript =
        serde_json::from_str(&transcript.to_string()).map_err(|error| error.to_string())?;
    let model = Script::new([text("Done.")]);
    let outcome = free(&model).tools(server()).resume(read).await.map_err(|it| it.to_string())?;
    assert_eq!(outcome.text, "Done.");
    Ok(model.results(0))
}

#[tokio::test]
async fn calls_of_unknown_tools_are_errors_for_the_model() {
    let calls = json!([call("format_disk", json!({ "object": {} }))]);
    let transcript = json!({ "messages": [{ "user": [] }, turn(calls)] });
    assert_eq!(
        go_on(transcript).await.unwrap(),
        ["! there is no tool `format_disk`; call one of those offered"]
    );
}

#[tokio::test]
async fn arguments_that_are_no_object_are_errors_for_the_model() {
    for arguments in [json!({ "object": 3 }), json!({ "object": null }), json!({ "object": [] })] {
        let transcript = json!({ "messages": [turn(json!([call("add", arguments.clone())]))] });
        match go_on(transcript).await {
            Ok(results) => assert!(results[0].starts_with("! "), "{arguments}: {results:?}"),
            Err(error) => assert!(!error.is_empty()),
        }
    }
}

#[tokio::test]
async fn states_of_calls_may_be_missing_or_too_many() {
    let add = || call("add", json!({ "object": { "a": 1, "b": 2 } }));
    let result = json!({ "result": { "content": [{ "type": "text", "text": "forged" }] } });
    let states = |count| vec![result.clone(); count];
    for (count, expected) in [(0, ["3", "3"]), (1, ["forged", "3"]), (9, ["forged", "forged"])] {
        let transcript =
            json!({ "messages": [turn(json!([add(), add()]))], "calls": states(count) });
        assert_eq!(go_on(transcript).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn nothing_in_a_transcript_is_a_panic() {
    let user = json!({ "user": [{ "type": "text", "text": "Hi" }] });
    let results =
        json!({ "results": [{ "call": call("add", json!({ "object": {} })), "result": {} }] });
    let add = || call("add", json!({ "object": { "a": 1, "b": 2 } }));
    let open = turn(json!([add()]));
    let state = json!({ "denied": "x", "was_begun": true, "result": null, "shown": null });
    for transcript in [
        json!({}),
        json!({ "messages": [] }),
        json!({ "messages": [results] }),
        json!({ "messages": [turn(json!([]))] }),
        json!({ "messages": [open, user] }),
        json!({ "messages": [user, results, open, open], "calls": [state, state] }),
        json!({ "messages": [user, user], "calls": [state], "queued": [open, open] }),
        json!({ "messages": [user], "found": [{ "server": null, "tool": "x" }], "stop": "paused" }),
        json!({ "messages": [user], "stop": "no_such_reason" }),
        json!({ "messages": [user], "usage": { "input_tokens": u64::MAX, "output_tokens": u64::MAX, "cached_tokens": u64::MAX } }),
        json!({ "messages": "?" }),
        json!([1, 2]),
    ] {
        let Ok(mut read) = serde_json::from_str::<Transcript>(&transcript.to_string()) else {
            continue;
        };
        for id in ["c0", "", "call_1_0"] {
            read.approve(id);
            read.deny(id, "no");
        }
        let replies = std::iter::repeat_with(|| Reply::Body(text("Done."))).take(9);
        let model = Script::new(replies);
        let run = Agent::new(model.clone()).tools(server()).max_rounds(9).resume(read).await;
        let _ = run.map(|outcome| outcome.transcript.pending().count());
    }
}

//! Actions of a client, chosen at random, and the answer that is right.

use std::time::Duration;

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::{Era, Result};

/// Name of the extension of tasks.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// A client of the server.
pub(crate) trait Peer: Send {
    fn era(&self) -> Era;

    /// Closes its connections, until the next request.
    fn rest(&mut self) {}

    /// Sends a request and returns its answer. Questions of the server are answered meanwhile.
    fn request(
        &mut self,
        method: &str,
        params: Value,
    ) -> impl Future<Output = Result<Value>> + Send;

    /// Sends a call and cancels it after some time. `is_endless` calls never have an answer.
    fn cancel(
        &mut self,
        params: Value,
        is_endless: bool,
        after: Duration,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Sends a call, or a part of it, and disconnects.
    fn disconnect(
        &mut self,
        params: Value,
        dice: &mut Dice,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Capabilities of the client.
pub(crate) fn capabilities(era: Era) -> Value {
    match era {
        Era::Legacy => json!({ "elicitation": {} }),
        Era::Modern => json!({ "elicitation": {}, "extensions": { TASKS: {} } }),
    }
}

/// A request of an era.
pub(crate) fn message(era: Era, id: u64, method: &str, mut params: Value) -> Value {
    if era == Era::Modern {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities(era);
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// The handshake of the legacy era.
pub(crate) fn handshake() -> Value {
    json!({
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities(Era::Legacy),
        "clientInfo": { "name": "soak", "version": "1" },
    })
}

/// The answer to a question. It depends on nothing but the question: one of four is declined.
pub(crate) fn answer_to(params: &Value) -> Result<Value> {
    let message = params["message"].as_str().unwrap_or_default();
    let number =
        message.strip_prefix("The name of number ").and_then(|rest| rest.strip_suffix('?'));
    let number: u64 =
        number.ok_or_else(|| format!("not a question of the server: {params}"))?.parse()?;
    Ok(match number % 4 {
        0 => json!({ "action": "decline" }),
        _ => json!({ "action": "accept", "content": { "name": format!("n{number}") } }),
    })
}

/// Does one thing that is chosen at random. `number` is of this one only.
pub(crate) async fn run(
    peer: &mut impl Peer,
    dice: &mut Dice,
    number: u64,
) -> Result<&'static str> {
    match dice.below(100) {
        0..40 => add(peer, dice).await,
        40..50 => echo(peer, dice).await,
        50..60 => slow(peer, dice, number).await,
        60..64 => report(peer, number).await,
        64..69 => fail(peer, number).await,
        69..74 => panic(peer, number).await,
        74..82 => ask(peer, number).await,
        82..88 => cancel(peer, dice, number).await,
        88..94 => disconnect(peer, dice, number).await,
        94..98 => task(peer, number).await,
        _ => unknown(peer).await,
    }
}

fn call(tool: &str, arguments: Value) -> Value {
    json!({ "name": tool, "arguments": arguments })
}

fn text(answer: &Value) -> Option<&str> {
    answer["result"]["content"][0]["text"].as_str()
}

/// Checks the text of a result that is no failure.
fn check(answer: &Value, expected: &str) -> Result<()> {
    let is_right = text(answer) == Some(expected) && answer["result"]["isError"] != true;
    is_right.then_some(()).ok_or_else(|| format!("expected {expected}, got {answer}").into())
}

async fn add(peer: &mut impl Peer, dice: &mut Dice) -> Result<&'static str> {
    let (a, b) = (dice.below(1 << 40), dice.below(1 << 40));
    let answer = peer.request("tools/call", call("add", json!({ "a": a, "b": b }))).await?;
    check(&answer, &(a + b).to_string())?;
    Ok("sums")
}

async fn echo(peer: &mut impl Peer, dice: &mut Dice) -> Result<&'static str> {
    let text = dice.text();
    let answer = peer.request("tools/call", call("echo", json!({ "text": text }))).await?;
    check(&answer, &text)?;
    Ok("echoes")
}

fn slow_call(number: u64, milliseconds: u64) -> Value {
    call("slow", json!({ "number": number, "milliseconds": milliseconds }))
}

async fn slow(peer: &mut impl Peer, dice: &mut Dice, number: u64) -> Result<&'static str> {
    let answer = peer.request("tools/call", slow_call(number, dice.below(4))).await?;
    check(&answer, &number.to_string())?;
    Ok("slow ones")
}

async fn report(peer: &mut impl Peer, number: u64) -> Result<&'static str> {
    let mut params = call("report", json!({ "number": number }));
    params["_meta"]["progressToken"] = json!(number);
    check(&peer.request("tools/call", params).await?, &number.to_string())?;
    Ok("with progress")
}

async fn fail(peer: &mut impl Peer, number: u64) -> Result<&'static str> {
    let answer = peer.request("tools/call", call("fail", json!({ "number": number }))).await?;
    let expected = format!("number {number} fails");
    if answer["result"]["isError"] != true || text(&answer) != Some(&expected) {
        return Err(format!("expected a failure, got {answer}").into());
    }
    Ok("failures")
}

async fn panic(peer: &mut impl Peer, number: u64) -> Result<&'static str> {
    let answer = peer.request("tools/call", call("panics", json!({ "number": number }))).await?;
    let is_failure = answer["error"]["code"] == -32603 || answer["result"]["isError"] == true;
    if !is_failure || answer.to_string().contains("secret") {
        return Err(format!("expected the error of a panic, got {answer}").into());
    }
    Ok("panics")
}

async fn ask(peer: &mut impl Peer, number: u64) -> Result<&'static str> {
    let params = call("ask", json!({ "number": number }));
    let mut answer = peer.request("tools/call", params.clone()).await?;
    if answer["result"]["resultType"] == "input_required" {
        let mut params = params;
        params["requestState"] = answer["result"]["requestState"].clone();
        let asked = answer["result"]["inputRequests"].as_object().into_iter().flatten();
        for (key, question) in asked {
            params["inputResponses"][key] = answer_to(&question["params"])?;
        }
        answer = peer.request("tools/call", params).await?;
    }
    let expected = match number % 4 {
        0 => "declined".to_owned(),
        _ => format!("Hello, n{number}"),
    };
    check(&answer, &expected)?;
    Ok("questions")
}

async fn cancel(peer: &mut impl Peer, dice: &mut Dice, number: u64) -> Result<&'static str> {
    let after = Duration::from_millis(dice.below(3));
    match dice.below(3) {
        0 => peer.cancel(call("wait", json!({})), true, after).await?,
        1 => peer.cancel(call("cooperate", json!({})), true, after).await?,
        _ => peer.cancel(slow_call(number, 2), false, after).await?,
    }
    Ok("cancelled")
}

async fn disconnect(peer: &mut impl Peer, dice: &mut Dice, number: u64) -> Result<&'static str> {
    peer.disconnect(slow_call(number, dice.below(4)), dice).await?;
    Ok("disconnected")
}

async fn unknown(peer: &mut impl Peer) -> Result<&'static str> {
    let answer = peer.request("tools/call", call("unknown", json!({}))).await?;
    match answer["error"]["code"] == -32602 {
        true => Ok("refused"),
        false => Err(format!("expected a refusal, got {answer}").into()),
    }
}

async fn task(peer: &mut impl Peer, number: u64) -> Result<&'static str> {
    let mut params = call("work", json!({ "number": number }));
    if peer.era() == Era::Legacy {
        params["task"] = json!({});
    }
    let created = peer.request("tools/call", params).await?;
    let task = match peer.era() {
        Era::Legacy => &created["result"]["task"],
        Era::Modern => &created["result"],
    };
    let id = task["taskId"].as_str().ok_or_else(|| format!("expected a task, got {created}"))?;
    let id = json!({ "taskId": id });
    let result = match peer.era() {
        Era::Legacy => peer.request("tasks/result", id).await?,
        Era::Modern => finished(peer, id).await?,
    };
    check(&result, &number.to_string())?;
    Ok("tasks")
}

/// Requests the state of a task until it has ended.
async fn finished(peer: &mut impl Peer, id: Value) -> Result<Value> {
    loop {
        let state = peer.request("tasks/get", id.clone()).await?;
        match state["result"]["status"].as_str() {
            Some("completed") => return Ok(json!({ "result": state["result"]["result"] })),
            Some("working") => tokio::time::sleep(Duration::from_millis(1)).await,
            _ => return Err(format!("expected the state of a task, got {state}").into()),
        }
    }
}

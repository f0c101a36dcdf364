//! Models of providers against scripted servers, with the bodies of their requests.

#![allow(missing_docs)]

mod choices;
mod conversations;
mod failures;
mod fake;
mod interfaces;
mod keys;
mod loops;
mod providers;
mod retries;
mod streams;
mod timeouts;
mod typed;

use mcp_runtime::agent::{Answer, Delta, Message, Model, ModelError, ModelRequest};
use mcp_runtime::providers::Definitions;

/// Sends a question with the tools of the tests, and returns the parts of the answer, too.
async fn ask(model: &impl Model) -> (Result<Answer, ModelError>, Vec<Delta>) {
    let definitions = interfaces::tools().strict(true).definitions(model.provider());
    ask_with(model, &definitions, &[Message::user("What is the weather?")]).await
}

async fn ask_with(
    model: &impl Model,
    definitions: &Definitions,
    messages: &[Message],
) -> (Result<Answer, ModelError>, Vec<Delta>) {
    let mut request = ModelRequest::new(messages, definitions);
    request.system = Some("Be brief.");
    request.max_tokens = Some(500);
    request.temperature = Some(0.5);
    let mut deltas = Vec::new();
    let answer = model.answer(request, &mut |delta| deltas.push(delta)).await;
    (answer, deltas)
}

/// Returns the text of the parts since the last restart.
fn text(deltas: &[Delta]) -> String {
    let mut text = String::new();
    for delta in deltas {
        match delta {
            Delta::Text(part) => text.push_str(part),
            Delta::Restart => text.clear(),
            _ => {}
        }
    }
    text
}

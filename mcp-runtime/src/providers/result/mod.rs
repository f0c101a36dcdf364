//! Results of calls as a provider wants them.

#[cfg(test)]
mod tests;

use mcp_core::protocol::CallToolResult;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::answer::ModelCall;
use super::content::{Piece, pieces, text_of};
use super::definitions::Definitions;
use super::provider::Provider;
use super::raw::{RawObject, raw};

/// Call that a result is for.
pub(super) struct Target<'t> {
    pub(super) id: Option<&'t str>,
    pub(super) name: &'t str,
}

impl Definitions {
    /// Writes the results of all calls of an answer, in their order: items to append to the
    /// conversation behind the history of the answer.
    ///
    /// Anthropic and Gemini get one message with all results, OpenAI an item for each. Images stay
    /// images where the provider takes them in results; other media are named in a text.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::protocol::CallToolResult;
    /// use mcp_runtime::providers::{Provider, ToolSet};
    ///
    /// let definitions = ToolSet::default().definitions(Provider::Anthropic);
    /// let answer = definitions.answer(
    ///     r#"{ "content": [{ "type": "tool_use", "id": "c1", "name": "add", "input": {} }] }"#,
    /// )?;
    /// let results = definitions.results([(&answer.calls[0], &CallToolResult::text("5"))]);
    /// assert_eq!(results[0]["content"][0]["tool_use_id"], "c1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn results<'r>(
        &self,
        results: impl IntoIterator<Item = (&'r ModelCall, &'r CallToolResult)>,
    ) -> Vec<Value> {
        let results = results.into_iter();
        let results = results
            .map(|(call, result)| (Target { id: call.id.as_deref(), name: &call.name }, result));
        let items = items(self.provider, results);
        items.iter().map(|item| serde_json::from_str(item.get()).unwrap_or_default()).collect()
    }
}

/// Writes results as items of the conversation.
pub(super) fn items<'r>(
    provider: Provider,
    results: impl Iterator<Item = (Target<'r>, &'r CallToolResult)>,
) -> Vec<Box<RawValue>> {
    let results = results.map(|(call, result)| match provider {
        Provider::OpenAiResponses => raw(&response(&call, result)),
        Provider::OpenAiChat => raw(&chat(&call, result)),
        Provider::Anthropic => raw(&anthropic(&call, result)),
        Provider::Gemini => gemini(&call, result),
    });
    let results: Vec<_> = results.collect();
    let parts = match provider {
        Provider::OpenAiResponses | Provider::OpenAiChat => return results,
        _ if results.is_empty() => return results,
        Provider::Anthropic => "content",
        Provider::Gemini => "parts",
    };
    vec![RawObject::default().with("role", "user").with(parts, &results).to_raw()]
}

/// Marks the text of a failed tool where the provider has no flag for it.
fn marked(text: String, is_error: bool) -> String {
    if is_error { format!("[tool error] {text}") } else { text }
}

fn response(call: &Target<'_>, result: &CallToolResult) -> Value {
    let provider = Provider::OpenAiResponses;
    let pieces = pieces(result, provider);
    let output = match pieces.iter().any(|piece| !matches!(piece, Piece::Text(_))) {
        false => json!(marked(text_of(&pieces), result.is_error)),
        true => {
            let mut list: Vec<_> = pieces.into_iter().map(|piece| piece.render(provider)).collect();
            if result.is_error {
                list.insert(0, json!({ "type": "input_text", "text": "[tool error]" }));
            }
            Value::Array(list)
        }
    };
    json!({ "type": "function_call_output", "call_id": call.id, "output": output })
}

fn chat(call: &Target<'_>, result: &CallToolResult) -> Value {
    let text = text_of(&pieces(result, Provider::OpenAiChat));
    json!({ "role": "tool", "tool_call_id": call.id, "content": marked(text, result.is_error) })
}

fn anthropic(call: &Target<'_>, result: &CallToolResult) -> Value {
    let mut pieces = pieces(result, Provider::Anthropic);
    pieces.retain(|piece| !piece.is_blank());
    if pieces.is_empty() && result.is_error {
        // An error without content is rejected.
        pieces.push(Piece::Text("[tool error]".to_owned()));
    }
    let mut block = json!({ "type": "tool_result", "tool_use_id": call.id });
    if !pieces.is_empty() {
        let content = pieces.into_iter().map(|piece| piece.render(Provider::Anthropic));
        block["content"] = content.collect();
    }
    if result.is_error {
        block["is_error"] = json!(true);
    }
    block
}

fn gemini(call: &Target<'_>, result: &CallToolResult) -> Box<RawValue> {
    let (texts, media): (Vec<_>, Vec<_>) = pieces(result, Provider::Gemini)
        .into_iter()
        .partition(|piece| matches!(piece, Piece::Text(_)));
    let structured = result.structured_content.clone().filter(|_| !result.is_error);
    let output = structured.unwrap_or_else(|| raw(&text_of(&texts)));
    let key = if result.is_error { "error" } else { "output" };
    let mut response = RawObject::default();
    if let Some(id) = call.id {
        response.set("id", id);
    }
    response.set("name", call.name);
    response.set("response", &RawObject::default().with(key, &output));
    if !media.is_empty() {
        let media = media.into_iter().map(|piece| piece.render(Provider::Gemini));
        response.set("parts", &media.collect::<Vec<_>>());
    }
    RawObject::default().with("functionResponse", &response).to_raw()
}

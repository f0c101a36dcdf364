//! Results of calls as a provider wants them.

mod content;

#[cfg(test)]
mod tests;

use mcp_core::protocol::CallToolResult;
use serde_json::{Value, json};

use self::content::{Piece, pieces, text_of};
use super::answer::ModelCall;
use super::definitions::Definitions;
use super::provider::Provider;

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
        match self.provider {
            Provider::OpenAiResponses => {
                results.map(|(call, result)| response(call, result)).collect()
            }
            Provider::OpenAiChat => results.map(|(call, result)| chat(call, result)).collect(),
            Provider::Anthropic => {
                let content: Vec<_> =
                    results.map(|(call, result)| anthropic(call, result)).collect();
                one_message("content", content)
            }
            Provider::Gemini => {
                let parts: Vec<_> = results.map(|(call, result)| gemini(call, result)).collect();
                one_message("parts", parts)
            }
        }
    }
}

fn one_message(name: &str, parts: Vec<Value>) -> Vec<Value> {
    match parts.is_empty() {
        true => Vec::new(),
        false => vec![json!({ "role": "user", name: parts })],
    }
}

/// Marks the text of a failed tool where the provider has no flag for it.
fn marked(text: String, is_error: bool) -> String {
    if is_error { format!("[tool error] {text}") } else { text }
}

fn response(call: &ModelCall, result: &CallToolResult) -> Value {
    let pieces = pieces(result, Provider::OpenAiResponses);
    let output = match pieces.iter().any(|piece| !matches!(piece, Piece::Text(_))) {
        false => json!(marked(text_of(&pieces), result.is_error)),
        true => {
            let mut list: Vec<_> = pieces.into_iter().map(response_piece).collect();
            if result.is_error {
                list.insert(0, json!({ "type": "input_text", "text": "[tool error]" }));
            }
            Value::Array(list)
        }
    };
    json!({ "type": "function_call_output", "call_id": call.id, "output": output })
}

fn response_piece(piece: Piece) -> Value {
    match piece {
        Piece::Text(text) => json!({ "type": "input_text", "text": text }),
        Piece::Media { mime, data, name } if mime == "application/pdf" => json!({
            "type": "input_file",
            "filename": name.unwrap_or_else(|| "file.pdf".to_owned()),
            "file_data": format!("data:{mime};base64,{data}"),
        }),
        Piece::Media { mime, data, .. } => {
            json!({ "type": "input_image", "image_url": format!("data:{mime};base64,{data}") })
        }
    }
}

fn chat(call: &ModelCall, result: &CallToolResult) -> Value {
    let text = text_of(&pieces(result, Provider::OpenAiChat));
    json!({ "role": "tool", "tool_call_id": call.id, "content": marked(text, result.is_error) })
}

fn anthropic(call: &ModelCall, result: &CallToolResult) -> Value {
    let content = pieces(result, Provider::Anthropic).into_iter().map(|piece| match piece {
        Piece::Text(text) => json!({ "type": "text", "text": text }),
        Piece::Media { mime, data, .. } => {
            let kind = if mime == "application/pdf" { "document" } else { "image" };
            json!({ "type": kind, "source": { "type": "base64", "media_type": mime, "data": data } })
        }
    });
    let content: Vec<_> = content.collect();
    let mut block = json!({ "type": "tool_result", "tool_use_id": call.id });
    if !content.is_empty() {
        block["content"] = Value::Array(content);
    }
    if result.is_error {
        block["is_error"] = json!(true);
    }
    block
}

fn gemini(call: &ModelCall, result: &CallToolResult) -> Value {
    let (texts, media): (Vec<_>, Vec<_>) = pieces(result, Provider::Gemini)
        .into_iter()
        .partition(|piece| matches!(piece, Piece::Text(_)));
    let structured = result.structured_content.as_deref().filter(|_| !result.is_error);
    let structured = structured.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    let output = structured.unwrap_or_else(|| json!(text_of(&texts)));
    let key = if result.is_error { "error" } else { "output" };
    let mut response = json!({ "name": call.name, "response": { key: output } });
    if let Some(id) = &call.id {
        response["id"] = json!(id);
    }
    let media = media.into_iter().filter_map(|piece| match piece {
        Piece::Media { mime, data, .. } => {
            Some(json!({ "inlineData": { "mimeType": mime, "data": data } }))
        }
        Piece::Text(_) => None,
    });
    let media: Vec<_> = media.collect();
    if !media.is_empty() {
        response["parts"] = Value::Array(media);
    }
    json!({ "functionResponse": response })
}

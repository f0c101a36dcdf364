//! Scripted answers of a client.

use serde_json::{Value, json};

/// Implements the builder methods of a script for a type with a field `script`.
macro_rules! scripted {
    ($builder:ty) => {
        /// Scripted answers.
        impl $builder {
            /// Adds the content of a form, for questions whose message contains a text.
            pub fn answers(mut self, message: &str, content: serde_json::Value) -> Self {
                let accepted = serde_json::json!({ "action": "accept", "content": content });
                self.script.elicit(message, accepted);
                self
            }

            /// Adds consent to open a URL, for questions whose message contains a text.
            pub fn agrees(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "accept" }));
                self
            }

            /// Adds a refusal, for questions whose message contains a text.
            pub fn declines(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "decline" }));
                self
            }

            /// Adds a dismissal, for questions whose message contains a text.
            pub fn cancels(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "cancel" }));
                self
            }

            /// Adds an answer of the model, for conversations whose last message contains a text.
            pub fn says(mut self, message: &str, text: &str) -> Self {
                let content = serde_json::json!({ "type": "text", "text": text });
                self.script.sample(message, content);
                self
            }

            /// Adds the use of a tool by the model, for conversations whose last message contains a
            /// text.
            pub fn uses(mut self, message: &str, tool: &str, input: serde_json::Value) -> Self {
                self.script.sample(
                    message,
                    serde_json::json!({ "type": "tool_use", "id": tool, "name": tool, "input": input }),
                );
                self
            }

            /// Sets the roots.
            pub fn roots(mut self, uris: impl IntoIterator<Item = impl Into<String>>) -> Self {
                let roots = uris.into_iter().map(|uri| serde_json::json!({ "uri": uri.into() }));
                let roots: Vec<_> = roots.collect();
                self.script.roots(serde_json::json!({ "roots": roots }));
                self
            }
        }
    };
}
pub(crate) use scripted;

/// Answers, with the texts that select them.
#[derive(Clone, Default)]
pub(crate) struct Script {
    forms: Vec<(String, Value)>,
    conversations: Vec<(String, Value)>,
    roots: Option<Value>,
}

impl Script {
    pub(crate) fn elicit(&mut self, message: &str, result: Value) {
        self.forms.push((message.to_owned(), result));
    }

    pub(crate) fn sample(&mut self, message: &str, content: Value) {
        let result = json!({ "role": "assistant", "content": content, "model": "scripted" });
        self.conversations.push((message.to_owned(), result));
    }

    pub(crate) fn roots(&mut self, result: Value) {
        self.roots = Some(result);
    }

    /// Capabilities of a scripted client: all of them.
    pub(crate) fn capabilities() -> Value {
        json!({
            "elicitation": { "form": {}, "url": {} },
            "sampling": { "tools": {} },
            "roots": { "listChanged": true },
        })
    }

    /// Returns the answer to a question.
    ///
    /// # Errors
    /// A description of the missing answer.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Result<Value, String> {
        match method {
            "elicitation/create" => {
                let message = params["message"].as_str().unwrap_or_default();
                find(&self.forms, message, "answers")
            }
            "sampling/createMessage" => {
                let last = params["messages"].as_array().and_then(|messages| messages.last());
                let mut text = Vec::new();
                last.into_iter().for_each(|message| texts(&message["content"], &mut text));
                find(&self.conversations, &text.join("\n"), "says")
            }
            "roots/list" => self.roots.clone().ok_or_else(|| {
                "the roots are asked for, and there is no `roots` in the script".to_owned()
            }),
            other => Err(format!("`{other}` is asked, which no script can answer")),
        }
    }
}

/// Collects the texts of content, including those in the results of tools.
fn texts<'a>(content: &'a Value, found: &mut Vec<&'a str>) {
    match content {
        Value::Array(parts) => parts.iter().for_each(|part| texts(part, found)),
        Value::Object(members) => {
            found.extend(members.get("text").and_then(Value::as_str));
            members.get("content").into_iter().for_each(|inner| texts(inner, found));
        }
        _ => {}
    }
}

/// Returns the last matching answer, so that later entries override earlier ones.
fn find(answers: &[(String, Value)], text: &str, method: &str) -> Result<Value, String> {
    let found = answers.iter().rev().find(|(part, _)| text.contains(part));
    found.map(|(_, result)| result.clone()).ok_or_else(|| {
        format!("the question {text:?} has no answer; add `.{method}(…)` with a part of its text")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_found_by_what_its_last_message_says() {
        let mut script = Script::default();
        script.sample("text", json!("by what is no text of it"));
        script.sample("\"Rome\"", json!("by its text"));
        script.sample("sunny", json!("by the result of a tool"));
        let check = |content: Value, expected: Option<&str>| {
            let messages = json!([{ "role": "user", "content": content }]);
            let answer = script.answer("sampling/createMessage", &json!({ "messages": messages }));
            let found = answer.ok().map(|answer| answer["content"].clone());
            assert_eq!(found, expected.map(Value::from));
        };
        check(json!({ "type": "text", "text": "How is \"Rome\"?" }), Some("by its text"));
        check(json!({ "type": "text", "text": "How is Oslo?" }), None);
        let said = json!([{ "type": "text", "text": "It is sunny." }]);
        let result = json!([{ "type": "tool_result", "toolUseId": "1", "content": said }]);
        check(result, Some("by the result of a tool"));
    }
}

//! What a client answers.

use serde_json::{Value, json};

/// Writes the methods that say what the client answers into a builder that has a `script`, so that
/// a script reads alike wherever there is one.
macro_rules! scripted {
    ($builder:ty) => {
        /// What the client answers.
        impl $builder {
            /// Has the user fill in a form. It is the form whose message contains the text.
            pub fn answers(mut self, message: &str, content: serde_json::Value) -> Self {
                let accepted = serde_json::json!({ "action": "accept", "content": content });
                self.script.elicit(message, accepted);
                self
            }

            /// Has the user agree to go to a URL. It is the question whose message contains the text.
            pub fn agrees(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "accept" }));
                self
            }

            /// Has the user say no to a question.
            pub fn declines(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "decline" }));
                self
            }

            /// Has the user dismiss a question.
            pub fn cancels(mut self, message: &str) -> Self {
                self.script.elicit(message, serde_json::json!({ "action": "cancel" }));
                self
            }

            /// Has the model say something. It is the conversation whose last message contains the
            /// text.
            pub fn says(mut self, message: &str, text: &str) -> Self {
                let content = serde_json::json!({ "type": "text", "text": text });
                self.script.sample(message, content);
                self
            }

            /// Has the model use a tool. It is the conversation whose last message contains the
            /// text.
            pub fn uses(mut self, message: &str, tool: &str, input: serde_json::Value) -> Self {
                self.script.sample(
                    message,
                    serde_json::json!({ "type": "tool_use", "id": tool, "name": tool, "input": input }),
                );
                self
            }

            /// Has the client open these URIs as its roots.
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

/// Answers by what they are answers to.
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

    /// What a client with this script says that it can do: everything.
    pub(crate) fn capabilities() -> Value {
        json!({
            "elicitation": { "form": {}, "url": {} },
            "sampling": { "tools": {} },
            "roots": { "listChanged": true },
        })
    }

    /// The answer to a question; an error says which answer is missing.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Result<Value, String> {
        match method {
            "elicitation/create" => {
                let message = params["message"].as_str().unwrap_or_default();
                find(&self.forms, message, "answers")
            }
            "sampling/createMessage" => {
                let last = params["messages"].as_array().and_then(|messages| messages.last());
                let mut said = Vec::new();
                last.into_iter().for_each(|message| texts(&message["content"], &mut said));
                find(&self.conversations, &said.join("\n"), "says")
            }
            "roots/list" => self.roots.clone().ok_or_else(|| {
                "the roots are asked for, and there is no `roots` in the script".to_owned()
            }),
            other => Err(format!("`{other}` is asked, which no script can answer")),
        }
    }
}

/// The texts of content, those within the results of tools included.
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

/// The last answer that fits, so that a script can be made more special step by step.
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

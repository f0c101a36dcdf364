//! What a client answers.

use serde_json::{Value, json};

/// Answers by what they are answers to.
#[derive(Clone, Default)]
pub(in crate::testing) struct Script {
    forms: Vec<(String, Value)>,
    conversations: Vec<(String, Value)>,
    roots: Option<Value>,
}

impl Script {
    pub(in crate::testing) fn elicit(&mut self, message: &str, result: Value) {
        self.forms.push((message.to_owned(), result));
    }

    pub(in crate::testing) fn sample(&mut self, message: &str, content: Value) {
        let result = json!({ "role": "assistant", "content": content, "model": "scripted" });
        self.conversations.push((message.to_owned(), result));
    }

    pub(in crate::testing) fn roots(&mut self, result: Value) {
        self.roots = Some(result);
    }

    /// What a client with this script says that it can do: everything.
    pub(in crate::testing) fn capabilities() -> Value {
        json!({
            "elicitation": { "form": {}, "url": {} },
            "sampling": { "tools": {} },
            "roots": { "listChanged": true },
        })
    }

    /// The answer to a question; an error says which answer is missing.
    pub(in crate::testing) fn answer(&self, method: &str, params: &Value) -> Result<Value, String> {
        match method {
            "elicitation/create" => {
                let message = params["message"].as_str().unwrap_or_default();
                find(&self.forms, message, "answers")
            }
            "sampling/createMessage" => {
                let last = params["messages"].as_array().and_then(|messages| messages.last());
                let said = last.map(|message| message["content"].to_string()).unwrap_or_default();
                find(&self.conversations, &said, "says")
            }
            "roots/list" => self.roots.clone().ok_or_else(|| {
                "the roots are asked for, and there is no `roots` in the script".to_owned()
            }),
            other => Err(format!("`{other}` is asked, which no script can answer")),
        }
    }
}

/// The last answer that fits, so that a script can be made more special step by step.
fn find(answers: &[(String, Value)], text: &str, method: &str) -> Result<Value, String> {
    let found = answers.iter().rev().find(|(part, _)| text.contains(part));
    found.map(|(_, result)| result.clone()).ok_or_else(|| {
        format!("the question {text:?} has no answer; add `.{method}(…)` with a part of its text")
    })
}

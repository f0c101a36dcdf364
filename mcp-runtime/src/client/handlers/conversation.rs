//! Checks of conversations with the model: the messages of a server, and the answer of the handler.
//!
//! Specification: [Message content constraints](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#message-content-constraints).

use std::collections::BTreeSet;

use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, Role, SamplingContent, SamplingMessage,
    ToolChoiceMode,
};

use crate::shorten::shorten;

/// Checks the messages of a request: results of tools stand alone in a message, and every use of a tool
/// has its result in the message that follows.
///
/// # Errors
/// The first fault, with its path.
pub(super) fn check_messages(messages: &[SamplingMessage]) -> Result<(), String> {
    // Ids of the uses in the message before, which wait for their results.
    let mut open = BTreeSet::new();
    for (index, message) in messages.iter().enumerate() {
        let at = |what: String| format!("`messages[{index}]`: {what}");
        if !matches!(message.role, Role::User | Role::Assistant) {
            return Err(at("expected the role `user` or `assistant`".to_owned()));
        }
        check_results(message, std::mem::take(&mut open)).map_err(at)?;
        open = uses(message).map_err(at)?;
    }
    match open.first() {
        Some(id) => Err(format!("`messages`: the tool use {} has no result", quoted(id))),
        None => Ok(()),
    }
}

/// Checks the results of tools in a message against the uses in the message before.
fn check_results(message: &SamplingMessage, mut open: BTreeSet<&str>) -> Result<(), String> {
    let results: Vec<_> = message
        .content
        .iter()
        .filter_map(|content| match content {
            SamplingContent::ToolResult(result) => Some(result.tool_use_id.as_str()),
            _ => None,
        })
        .collect();
    if results.is_empty() {
        return match open.first() {
            Some(id) => Err(format!("expected the result of the tool use {} first", quoted(id))),
            None => Ok(()),
        };
    }
    if message.role != Role::User {
        return Err("expected results of tools in messages of the role `user` only".to_owned());
    }
    if results.len() != message.content.len() {
        return Err("expected results of tools alone, got other content beside them".to_owned());
    }
    for id in results {
        if !open.remove(id) {
            return Err(format!("got a result of {}, which no tool use waits for", quoted(id)));
        }
    }
    match open.first() {
        Some(id) => Err(format!("expected a result of the tool use {} as well", quoted(id))),
        None => Ok(()),
    }
}

/// Returns the ids of the uses of tools in a message.
fn uses(message: &SamplingMessage) -> Result<BTreeSet<&str>, String> {
    let mut ids = BTreeSet::new();
    for content in &message.content {
        let SamplingContent::ToolUse(tool_use) = content else { continue };
        if message.role != Role::Assistant {
            return Err("expected uses of tools in messages of the role `assistant` only".into());
        }
        if !ids.insert(tool_use.id.as_str()) {
            return Err(format!("got two tool uses with the id {}", quoted(&tool_use.id)));
        }
    }
    Ok(ids)
}

/// The tools that a request gives to the model.
pub(super) struct Offer(BTreeSet<String>);

impl Offer {
    pub(super) fn of(request: &CreateMessageParams) -> Self {
        let choice = request.tool_choice.as_ref().and_then(|choice| choice.mode.as_ref());
        let tools = request.tools.iter().flatten();
        let tools = tools.filter(|_| choice != Some(&ToolChoiceMode::None));
        Self(tools.map(|tool| tool.name.clone()).collect())
    }

    /// Checks the answer of the model: content of the role `assistant`, which uses only tools that it
    /// was given.
    ///
    /// # Errors
    /// The first fault, with its path.
    pub(super) fn check(&self, answer: &CreateMessageResult) -> Result<(), String> {
        if answer.role != Role::Assistant {
            return Err("`role`: expected `assistant`".to_owned());
        }
        if answer.content.is_empty() {
            return Err("`content`: expected at least one block, got none".to_owned());
        }
        let mut ids = BTreeSet::new();
        for (index, content) in answer.content.iter().enumerate() {
            let fault = match content {
                SamplingContent::ToolResult(_) => {
                    "got the result of a tool, which only servers send".to_owned()
                }
                SamplingContent::ToolUse(tool_use) if !self.0.contains(&tool_use.name) => {
                    let name = quoted(&tool_use.name);
                    format!("got a use of {name}, which the model was not given")
                }
                SamplingContent::ToolUse(tool_use) if !ids.insert(&tool_use.id) => {
                    format!("got the id {} once more", quoted(&tool_use.id))
                }
                _ => continue,
            };
            return Err(format!("`content[{index}]`: {fault}"));
        }
        Ok(())
    }
}

fn quoted(text: &str) -> String {
    format!("{:?}", shorten(text))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Offer, check_messages};

    fn text() -> Value {
        json!({ "type": "text", "text": "Hi" })
    }

    fn used(id: &str) -> Value {
        json!({ "type": "tool_use", "id": id, "name": "t", "input": {} })
    }

    fn result(id: &str) -> Value {
        json!({ "type": "tool_result", "toolUseId": id, "content": [] })
    }

    #[track_caller]
    fn check(messages: &[(&str, Value)], expected: Result<(), &str>) {
        let messages = messages.iter().map(|(role, content)| {
            serde_json::from_value(json!({ "role": role, "content": content })).unwrap()
        });
        let messages: Vec<_> = messages.collect();
        match (check_messages(&messages), expected) {
            (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
            (Ok(()), Ok(())) => {}
            (found, _) => panic!("{found:?} for {messages:?}"),
        }
    }

    #[test]
    fn uses_and_results_are_balanced() {
        check(&[], Ok(()));
        check(
            &[("user", text()), ("assistant", text()), ("user", json!([text(), text()]))],
            Ok(()),
        );
        check(
            &[
                ("user", text()),
                ("assistant", json!([text(), used("1"), used("2")])),
                ("user", json!([result("2"), result("1")])),
                ("assistant", used("1")),
                ("user", result("1")),
            ],
            Ok(()),
        );
        let asked = ("assistant", json!([used("1"), used("2")]));
        let both = json!([result("1"), result("2")]);
        for (messages, part) in [
            (vec![asked.clone()], "`messages`: the tool use \"1\" has no result"),
            (
                vec![asked.clone(), ("user", result("1"))],
                "`messages[1]`: expected a result of the tool use \"2\"",
            ),
            (
                vec![asked.clone(), ("user", text())],
                "`messages[1]`: expected the result of the tool use \"1\" first",
            ),
            (vec![asked.clone(), ("assistant", text())], "`messages[1]`: expected the result"),
            (vec![asked.clone(), ("assistant", both.clone())], "role `user` only"),
            (
                vec![asked.clone(), ("user", json!([result("1"), result("2"), text()]))],
                "other content",
            ),
            (
                vec![asked.clone(), ("user", json!([result("1"), result("1"), result("2")]))],
                "\"1\", which no tool use waits for",
            ),
            (vec![asked, ("user", json!([result("1"), result("2"), result("3")]))], "\"3\""),
            (vec![("user", result("1"))], "`messages[0]`: got a result of \"1\""),
            (vec![("user", json!([text(), result("1")]))], "other content"),
            (vec![("user", used("1"))], "role `assistant` only"),
            (vec![("assistant", json!([used("1"), used("1")]))], "two tool uses"),
            (vec![("system", text())], "`messages[0]`: expected the role"),
        ] {
            check(&messages, Err(part));
        }
    }

    #[test]
    fn an_answer_is_content_of_the_model() {
        let check = |choice: &str, role: &str, content: Value, part: Option<&str>| {
            let request = json!({
                "messages": [],
                "maxTokens": 5,
                "tools": [{ "name": "t", "inputSchema": { "type": "object" } }],
                "toolChoice": { "mode": choice },
            });
            let answer = json!({ "role": role, "content": content, "model": "m" });
            let offer = Offer::of(&serde_json::from_value(request).unwrap());
            match (offer.check(&serde_json::from_value(answer).unwrap()), part) {
                (Ok(()), None) => {}
                (Err(found), Some(part)) => assert!(found.contains(part), "{found}"),
                (found, _) => panic!("{found:?} for {content}"),
            }
        };
        check("auto", "assistant", text(), None);
        check("required", "assistant", json!([text(), used("1"), used("2")]), None);
        check("auto", "user", text(), Some("`role`: expected `assistant`"));
        check("auto", "assistant", json!([]), Some("at least one block"));
        check("auto", "assistant", json!([result("1")]), Some("`content[0]`: got the result"));
        check("none", "assistant", used("1"), Some("\"t\", which the model was not given"));
        check("auto", "assistant", json!([used("1"), used("1")]), Some("once more"));
        let other = json!({ "type": "tool_use", "id": "1", "name": "other", "input": {} });
        check(
            "auto",
            "assistant",
            json!([text(), other]),
            Some("`content[1]`: got a use of \"other\""),
        );
    }
}

//! Streams of OpenAI: Chat Completions, and those of compatible servers.

use serde_json::json;
use serde_json::value::RawValue;

use super::budget::Budget;
use super::chat_call::Calls;
use super::{DONE, Delta};
use crate::providers::answer::AnswerError;
use crate::providers::answer::read::Fields;
use crate::providers::raw::{RawObject, raw};

/// Message of the first choice, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Chat {
    role: Option<String>,
    content: Option<String>,
    /// Content in parts, as some models with thoughts have it.
    parts: Vec<Box<RawValue>>,
    /// Other members of the message that are texts: refusals and thoughts.
    texts: Vec<(String, String)>,
    /// Other members of the message that are lists.
    lists: Vec<(String, Vec<Box<RawValue>>)>,
    /// Other members of the message.
    rest: RawObject,
    calls: Calls,
    reason: Option<Box<RawValue>>,
    has_choice: bool,
    /// Members of the body.
    body: RawObject,
    is_finished: bool,
}

/// Members of messages whose parts are appended.
const TEXTS: [&str; 3] = ["refusal", "reasoning_content", "reasoning"];

impl Chat {
    pub(super) fn push(
        &mut self,
        data: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        if data == DONE {
            self.is_finished = true;
            return Ok(Vec::new());
        }
        let fields = Fields::parse(data)?;
        if self.body.get("model").is_none()
            && let Some(model) = fields.get("model")
        {
            budget.set(&mut self.body, "model", model)?;
        }
        if let Some(usage) = fields.get("usage") {
            budget.set(&mut self.body, "usage", usage)?;
        }
        let mut deltas = Vec::new();
        // The part with the counts of tokens has no choice.
        for choice in fields.objects("choices")? {
            if choice.optional_number("index")?.unwrap_or(0) != 0 {
                continue;
            }
            self.has_choice = true;
            if let Some(reason) = choice.get("finish_reason") {
                self.reason = Some(reason.to_owned());
            }
            let delta = match choice.optional_object("delta")? {
                Some(delta) => Some(delta),
                None => choice.optional_object("message")?,
            };
            if let Some(delta) = delta {
                self.delta(&delta, budget, &mut deltas)?;
            }
        }
        Ok(deltas)
    }

    fn delta(
        &mut self,
        delta: &Fields<'_>,
        budget: &mut Budget,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), AnswerError> {
        self.content(delta, budget, deltas)?;
        if delta.get("function_call").is_some() {
            let why = "expected `tool_calls`, got a call in the form before them";
            return Err(AnswerError::new(delta.path("function_call"), why));
        }
        for call in delta.objects("tool_calls")? {
            deltas.extend(self.calls.push(&call, budget)?.map(Delta::Call));
        }
        let mut has_thought = false;
        for (name, value) in delta.iter() {
            match name {
                "content" | "tool_calls" | "index" => {}
                "role" => self.role = delta.optional_text("role")?,
                _ if TEXTS.contains(&name) => {
                    let more = delta.optional_text(name)?.unwrap_or_default();
                    let text = entry(&mut self.texts, name, budget)?;
                    budget.append(text, &more)?;
                    let is_thought = name != "refusal";
                    // Some servers send the same thoughts under both names.
                    let is_repeated = is_thought && has_thought;
                    if !more.is_empty() && !is_repeated {
                        has_thought |= is_thought;
                        deltas.push(if is_thought { Delta::Thought } else { Delta::Text }(more));
                    }
                }
                _ if value.get().starts_with('[') => {
                    let list = entry(&mut self.lists, name, budget)?;
                    let items: Vec<Box<RawValue>> =
                        serde_json::from_str(value.get()).unwrap_or_default();
                    for item in &items {
                        budget.part()?;
                        budget.bytes(item.get().len())?;
                    }
                    list.extend(items);
                }
                _ => budget.set(&mut self.rest, name, value)?,
            }
        }
        Ok(())
    }

    /// Reads `content`: a text, or a list of parts.
    fn content(
        &mut self,
        delta: &Fields<'_>,
        budget: &mut Budget,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), AnswerError> {
        if delta.get("content").is_some_and(|content| content.get().starts_with('[')) {
            for part in delta.objects("content")? {
                budget.part()?;
                budget.bytes(part.raw().get().len())?;
                self.parts.push(part.raw());
                deltas.extend(part.optional_text("text")?.map(Delta::Text));
            }
            return Ok(());
        }
        let Some(more) = delta.optional_text("content")? else { return Ok(()) };
        if !more.is_empty() {
            deltas.push(Delta::Text(more.clone()));
        }
        match self.parts.is_empty() {
            true => budget.append(self.content.get_or_insert_default(), &more)?,
            false => {
                budget.part()?;
                budget.bytes(more.len())?;
                self.parts.push(raw(&json!({ "type": "text", "text": more })));
            }
        }
        Ok(())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Returns the body of the response.
    pub(super) fn body(self) -> Result<Box<RawValue>, AnswerError> {
        if !self.is_finished && self.reason.is_none() {
            return Err(AnswerError::incomplete("`[DONE]`, or a part with `finish_reason`"));
        }
        let mut message = RawObject::default();
        message.set("role", self.role.as_deref().unwrap_or("assistant"));
        let mut parts = self.parts;
        match self.content {
            content if parts.is_empty() => message.set("content", &content),
            content => {
                let before = content.filter(|text| !text.is_empty());
                let before = before.map(|text| raw(&json!({ "type": "text", "text": text })));
                parts.splice(0..0, before);
                message.set("content", &parts);
            }
        }
        self.texts.iter().for_each(|(name, text)| message.set(name, text));
        self.lists.iter().for_each(|(name, list)| message.set(name, list));
        self.rest.iter().for_each(|(name, value)| message.set(name, value));
        let calls = self.calls.finish();
        if !calls.is_empty() {
            message.set("tool_calls", &calls);
        }
        let choice = RawObject::default().with("message", &message);
        let choice = choice.with("finish_reason", &self.reason);
        let choices = if self.has_choice { vec![choice] } else { Vec::new() };
        Ok(self.body.with("choices", &choices).to_raw())
    }
}

/// Returns the value of a name, which is empty at first.
fn entry<'e, T: Default>(
    entries: &'e mut Vec<(String, T)>,
    name: &str,
    budget: &mut Budget,
) -> Result<&'e mut T, AnswerError> {
    let place = match entries.iter().position(|(known, _)| known == name) {
        Some(place) => place,
        None => {
            budget.part()?;
            budget.bytes(name.len())?;
            entries.push((name.to_owned(), T::default()));
            entries.len() - 1
        }
    };
    Ok(&mut entries[place].1)
}

//! Streams of OpenAI: Responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::Delta;
use super::budget::Budget;
use crate::providers::answer::AnswerError;
use crate::providers::answer::read::Fields;
use crate::providers::raw::RawObject;

/// Items that are complete, and the response at the end.
#[derive(Debug, Default)]
pub(super) struct Responses {
    items: BTreeMap<u64, Box<RawValue>>,
    /// Items with a delta.
    announced: BTreeSet<u64>,
    end: Option<RawObject>,
}

impl Responses {
    pub(super) fn push(
        &mut self,
        event: Option<&str>,
        data: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let fields = Fields::parse(data)?;
        let kind = fields.optional_text("type")?;
        let delta = |kind: fn(String) -> Delta| Ok(vec![kind(fields.text("delta")?)]);
        match kind.as_deref().or(event).unwrap_or_default() {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.announce(&fields, budget)?;
                delta(Delta::Text)
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                delta(Delta::Thought)
            }
            "response.reasoning_summary_part.added" => {
                let is_first = fields.optional_number("summary_index")?.unwrap_or(0) == 0;
                Ok(if is_first { Vec::new() } else { vec![Delta::Thought("\n\n".to_owned())] })
            }
            "response.output_item.added" => {
                let item = fields.object("item")?;
                match item.optional_text("type")?.as_deref() {
                    Some("function_call") if self.announce(&fields, budget)? => {
                        Ok(vec![Delta::Call(item.text("name")?)])
                    }
                    _ => Ok(Vec::new()),
                }
            }
            "response.output_item.done" => self.item(&fields, budget),
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => {
                let response = fields.object("response")?.raw();
                budget.bytes(response.get().len())?;
                let read = RawObject::of(&response);
                let error = |_| AnswerError::expected("response", "an object", Some(&response));
                self.end = Some(read.map_err(error)?);
                Ok(Vec::new())
            }
            "error" => Err(AnswerError::of_provider(&fields.raw())),
            // Parts of arguments, progress of tools that the provider runs, and what is new.
            _ => Ok(Vec::new()),
        }
    }

    /// `true` if the item had no delta before.
    fn announce(&mut self, fields: &Fields<'_>, budget: &mut Budget) -> Result<bool, AnswerError> {
        let Some(index) = fields.optional_number("output_index")? else { return Ok(true) };
        let is_new = self.announced.insert(index);
        if is_new {
            budget.part()?;
        }
        Ok(is_new)
    }

    fn item(
        &mut self,
        fields: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let item = fields.object("item")?;
        let is_new = self.announce(fields, budget)?;
        let next = self.items.last_key_value().map_or(0, |(index, _)| index.saturating_add(1));
        let index = fields.optional_number("output_index")?.unwrap_or(next);
        let raw = item.raw();
        budget.part()?;
        budget.bytes(raw.get().len())?;
        self.items.insert(index, raw);
        // Some compatible servers send whole items only.
        Ok(match item.optional_text("type")?.as_deref() {
            Some("function_call") if is_new => vec![Delta::Call(item.text("name")?)],
            Some("message") if is_new => {
                let mut deltas = Vec::new();
                for part in item.objects("content")? {
                    let text = part.optional_text("text")?;
                    deltas.extend(text.or(part.optional_text("refusal")?).map(Delta::Text));
                }
                deltas
            }
            _ => Vec::new(),
        })
    }

    pub(super) fn is_finished(&self) -> bool {
        self.end.is_some()
    }

    /// Returns the body of the response.
    pub(super) fn body(self) -> Result<Box<RawValue>, AnswerError> {
        let mut body =
            self.end.ok_or_else(|| AnswerError::incomplete("the event `response.completed`"))?;
        // Some compatible servers leave the items out there.
        let has_items = body.get("output").is_some_and(|items| {
            let items = items.get().trim_start_matches('[').trim_start();
            !items.starts_with(']') && items != "null"
        });
        if !has_items {
            body.set("output", &self.items.into_values().collect::<Vec<_>>());
        }
        Ok(body.to_raw())
    }
}

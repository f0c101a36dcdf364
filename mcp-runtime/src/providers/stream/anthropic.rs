//! Streams of Anthropic: Messages.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Delta;
use super::budget::Budget;
use crate::providers::answer::read::Fields;
use crate::providers::answer::{Answer, AnswerError, Arguments};
use crate::providers::conversation::invalid_json;
use crate::providers::provider::Provider;
use crate::providers::raw::RawObject;

/// Message without its content, and the blocks of content.
#[derive(Debug, Default)]
pub(super) struct Anthropic {
    message: RawObject,
    usage: RawObject,
    blocks: BTreeMap<u64, Block>,
    is_finished: bool,
}

/// Block as it began, and what was appended to its members.
#[derive(Debug)]
struct Block {
    kind: String,
    start: Box<RawValue>,
    appended: BTreeMap<&'static str, String>,
    citations: Vec<Box<RawValue>>,
    is_closed: bool,
}

impl Anthropic {
    pub(super) fn push(
        &mut self,
        event: Option<&str>,
        data: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let fields = Fields::parse(data)?;
        let kind = fields.optional_text("type")?;
        match kind.as_deref().or(event).unwrap_or_default() {
            "message_start" => {
                self.merge(&fields.object("message")?, budget)?;
                Ok(Vec::new())
            }
            "content_block_start" => self.start(&fields, budget),
            "content_block_delta" => self.delta(&fields, budget),
            "content_block_stop" => {
                self.block(&fields)?.is_closed = true;
                Ok(Vec::new())
            }
            "message_delta" => {
                if let Some(delta) = fields.optional_object("delta")? {
                    self.merge(&delta, budget)?;
                }
                self.merge_usage(&fields, budget)?;
                Ok(Vec::new())
            }
            "message_stop" => {
                self.is_finished = true;
                Ok(Vec::new())
            }
            "error" => Err(AnswerError::of_provider(&fields.raw())),
            // `ping`, and what is new.
            _ => Ok(Vec::new()),
        }
    }

    /// Takes the members of the message.
    fn merge(&mut self, message: &Fields<'_>, budget: &mut Budget) -> Result<(), AnswerError> {
        for (name, value) in
            message.iter().filter(|(name, _)| !matches!(*name, "content" | "usage"))
        {
            budget.set(&mut self.message, name, value)?;
        }
        self.merge_usage(message, budget)
    }

    /// Takes counts of tokens. The later ones are those of the whole message.
    fn merge_usage(&mut self, fields: &Fields<'_>, budget: &mut Budget) -> Result<(), AnswerError> {
        let Some(usage) = fields.optional_object("usage")? else { return Ok(()) };
        for (name, value) in usage.iter() {
            budget.set(&mut self.usage, name, value)?;
        }
        Ok(())
    }

    fn start(
        &mut self,
        fields: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let index = index(fields)?;
        let content = fields.object("content_block")?;
        let raw = content.raw();
        budget.part()?;
        budget.bytes(raw.get().len())?;
        let kind = content.text("type")?;
        let delta = match &*kind {
            "tool_use" => Some(Delta::Call(content.text("name")?)),
            "text" => content.optional_text("text")?.map(Delta::Text),
            "thinking" => content.optional_text("thinking")?.map(Delta::Thought),
            _ => None,
        };
        let (appended, citations) = (BTreeMap::new(), Vec::new());
        let block = Block { kind, start: raw, appended, citations, is_closed: false };
        if self.blocks.insert(index, block).is_some() {
            let reason = format!("expected a new block, got the block {index} once more");
            return Err(AnswerError::new("index", reason));
        }
        Ok(delta.into_iter().filter(|delta| !is_empty(delta)).collect())
    }

    fn delta(
        &mut self,
        fields: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let block = self.block(fields)?;
        let delta = fields.object("delta")?;
        let kind = delta.text("type")?;
        let (member, name) = match &*kind {
            "text_delta" => ("text", "text"),
            "thinking_delta" => ("thinking", "thinking"),
            "signature_delta" => ("signature", "signature"),
            "input_json_delta" => ("input", "partial_json"),
            "compaction_delta" => ("content", "content"),
            "citations_delta" => {
                let citation = delta.object("citation")?.raw();
                budget.part()?;
                budget.bytes(citation.get().len())?;
                block.citations.push(citation);
                return Ok(Vec::new());
            }
            _ => return Ok(Vec::new()),
        };
        let more = delta.optional_text(name)?.unwrap_or_default();
        let start = || RawObject::of(&block.start).ok().and_then(|start| start.text(member));
        let start = || start().unwrap_or_default();
        let text = block.appended.entry(member).or_insert_with(start);
        budget.append(text, &more)?;
        Ok(match member {
            _ if more.is_empty() => Vec::new(),
            "text" => vec![Delta::Text(more)],
            "thinking" => vec![Delta::Thought(more)],
            _ => Vec::new(),
        })
    }

    /// Returns the block of an event, which must be open.
    fn block(&mut self, fields: &Fields<'_>) -> Result<&mut Block, AnswerError> {
        let index = index(fields)?;
        let block = self.blocks.get_mut(&index).filter(|block| !block.is_closed);
        block.ok_or_else(|| {
            let reason = format!("expected a block that has begun, got an event of {index}");
            AnswerError::new("index", reason)
        })
    }

    pub(super) fn is_finished(&self) -> bool {
        self.is_finished
    }

    /// Returns the answer.
    pub(super) fn answer(self) -> Result<Answer, AnswerError> {
        if !self.is_finished {
            return Err(AnswerError::incomplete("the event `message_stop`"));
        }
        let mut content = Vec::with_capacity(self.blocks.len());
        let mut malformed = Vec::new();
        let mut calls = 0;
        for block in self.blocks.into_values() {
            let is_call = block.kind == "tool_use";
            let (block, arguments) = block.finish();
            malformed.extend(arguments.filter(|_| is_call).map(|arguments| (calls, arguments)));
            calls += usize::from(is_call);
            content.push(block);
        }
        let body = self.message.with("content", &content).with("usage", &self.usage);
        let mut answer = Answer::parse(Provider::Anthropic, body.to_raw().get())?;
        for (call, arguments) in malformed {
            if let Some(call) = answer.calls.get_mut(call) {
                call.arguments = arguments;
            }
        }
        Ok(answer)
    }
}

impl Block {
    /// Returns the whole block, and its input if that is malformed: the provider takes an object only.
    fn finish(self) -> (Box<RawValue>, Option<Arguments>) {
        if self.appended.is_empty() && self.citations.is_empty() {
            return (self.start, None);
        }
        let mut block = RawObject::of(&self.start).unwrap_or_default();
        let mut malformed = None;
        for (member, text) in self.appended {
            match member {
                "input" if text.trim().is_empty() => {}
                "input" => match Arguments::from_text(&text) {
                    Arguments::Object(input) => block.set(member, &input),
                    arguments => {
                        block.set(member, &invalid_json(&text));
                        malformed = Some(arguments);
                    }
                },
                _ => block.set(member, &text),
            }
        }
        if !self.citations.is_empty() {
            block.set("citations", &self.citations);
        }
        (block.to_raw(), malformed)
    }
}

fn index(fields: &Fields<'_>) -> Result<u64, AnswerError> {
    let index = fields.optional_number("index")?;
    index.ok_or_else(|| AnswerError::expected("index", "a whole number", None))
}

fn is_empty(delta: &Delta) -> bool {
    matches!(delta, Delta::Text(text) | Delta::Thought(text) if text.is_empty())
}

//! Streams of Gemini: `streamGenerateContent`.

use serde_json::json;
use serde_json::value::RawValue;

use super::Delta;
use super::budget::Budget;
use crate::providers::answer::AnswerError;
use crate::providers::answer::read::Fields;
use crate::providers::raw::{RawObject, raw};

/// Parts of the first candidate, and the last values of the other members.
#[derive(Debug, Default)]
pub(super) struct Gemini {
    role: Option<String>,
    parts: Vec<Part>,
    reason: Option<Box<RawValue>>,
    is_blocked: bool,
    /// Members of the body.
    body: RawObject,
}

#[derive(Debug)]
enum Part {
    /// Text without a signature: further text may be appended.
    Text {
        text: String,
        is_thought: bool,
    },
    Other(Box<RawValue>),
}

/// Members of the body that an answer is read from.
const MEMBERS: [&str; 3] = ["promptFeedback", "usageMetadata", "modelVersion"];

impl Gemini {
    pub(super) fn push(
        &mut self,
        data: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Delta>, AnswerError> {
        let fields = Fields::parse(data)?;
        for name in MEMBERS {
            if let Some(value) = fields.get(name) {
                budget.set(&mut self.body, name, value)?;
            }
        }
        if let Some(feedback) = fields.optional_object("promptFeedback")? {
            self.is_blocked |= feedback.get("blockReason").is_some();
        }
        let mut deltas = Vec::new();
        for candidate in fields.objects("candidates")? {
            if candidate.optional_number("index")?.unwrap_or(0) != 0 {
                continue;
            }
            if let Some(content) = candidate.optional_object("content")? {
                if let Some(role) = content.optional_text("role")? {
                    self.role = Some(role);
                }
                for part in content.objects("parts")? {
                    deltas.extend(self.part(&part, budget)?);
                }
            }
            if let Some(reason) = candidate.get("finishReason") {
                self.reason = Some(reason.to_owned());
            }
        }
        Ok(deltas)
    }

    fn part(
        &mut self,
        part: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Delta>, AnswerError> {
        let is_thought = part.get("thought").is_some_and(|thought| thought.get() == "true");
        let text = part.optional_text("text")?;
        let delta = match part.optional_object("functionCall")? {
            Some(call) => Some(Delta::Call(call.text("name")?)),
            None => text.clone().filter(|text| !text.is_empty()).map(|text| match is_thought {
                true => Delta::Thought(text),
                false => Delta::Text(text),
            }),
        };
        let is_plain = part.iter().all(|(name, _)| matches!(name, "text" | "thought"));
        match (text, self.parts.last_mut()) {
            (Some(text), _) if is_plain && text.is_empty() => {}
            (Some(more), Some(Part::Text { text, is_thought: same }))
                if is_plain && *same == is_thought =>
            {
                budget.append(text, &more)?;
            }
            (text, _) => {
                budget.part()?;
                let part = match text {
                    Some(text) if is_plain => Part::Text { text, is_thought },
                    _ => Part::Other(part.raw()),
                };
                budget.bytes(part.size())?;
                self.parts.push(part);
            }
        }
        Ok(delta)
    }

    /// Returns the body of the response.
    pub(super) fn body(self) -> Result<Box<RawValue>, AnswerError> {
        if self.reason.is_none() && !self.is_blocked {
            return Err(AnswerError::incomplete("a part with `finishReason`"));
        }
        if self.reason.is_none() && self.parts.is_empty() {
            return Ok(self.body.to_raw());
        }
        let parts: Vec<_> = self.parts.into_iter().map(Part::render).collect();
        let mut candidate = RawObject::default();
        if !parts.is_empty() {
            let content = RawObject::default().with("parts", &parts);
            candidate
                .set("content", &content.with("role", self.role.as_deref().unwrap_or("model")));
        }
        candidate.set("finishReason", &self.reason);
        Ok(self.body.with("candidates", &[candidate]).to_raw())
    }
}

impl Part {
    fn size(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.len(),
            Self::Other(raw) => raw.get().len(),
        }
    }

    fn render(self) -> Box<RawValue> {
        match self {
            Self::Text { text, is_thought: false } => raw(&json!({ "text": text })),
            Self::Text { text, is_thought: true } => raw(&json!({ "text": text, "thought": true })),
            Self::Other(raw) => raw,
        }
    }
}

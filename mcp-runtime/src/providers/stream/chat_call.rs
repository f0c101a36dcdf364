//! Calls in streams of Chat Completions.

use serde_json::json;

use super::budget::Budget;
use crate::providers::answer::AnswerError;
use crate::providers::answer::read::Fields;
use crate::providers::raw::RawObject;

/// Calls as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    /// Other members. Gemini has its thought signature there.
    rest: RawObject,
}

impl Calls {
    /// Reads a part of a call. Returns its name if it begins.
    pub(super) fn push(
        &mut self,
        part: &Fields<'_>,
        budget: &mut Budget,
    ) -> Result<Option<String>, AnswerError> {
        let index = part.optional_number("index")?;
        let id = part.optional_text("id")?.unwrap_or_default();
        let function = part.optional_object("function")?;
        let name = match &function {
            Some(function) => function.optional_text("name")?.unwrap_or_default(),
            None => String::new(),
        };
        let arguments = match &function {
            Some(function) => arguments(function)?,
            None => String::new(),
        };
        let place = match self.find(index, &id, !name.is_empty()) {
            Some(place) => place,
            None if name.is_empty() && id.is_empty() && index.is_none() => {
                let reason = "expected the begin of a call, got a part of one";
                return Err(AnswerError::new(part.path("function"), reason));
            }
            None => {
                budget.part()?;
                self.0.push(Call { index, ..Call::default() });
                self.0.len() - 1
            }
        };
        let call = &mut self.0[place];
        if call.id.is_empty() {
            budget.append(&mut call.id, &id)?;
        }
        let begins = call.name.is_empty() && !name.is_empty();
        // Some servers repeat the name in each part.
        if call.name != name {
            budget.append(&mut call.name, &name)?;
        }
        budget.append(&mut call.arguments, &arguments)?;
        for (name, value) in part.iter() {
            if !matches!(name, "index" | "id" | "function") {
                budget.set(&mut call.rest, name, value)?;
            }
        }
        Ok(begins.then_some(name))
    }

    /// Finds the call of a part. OpenAI sends the index in each part, and the identifier in the first
    /// only. Compatible servers send whole calls, which may have no index or all the same one.
    fn find(&self, index: Option<u64>, id: &str, has_name: bool) -> Option<usize> {
        let Some(index) = index else {
            let same = self.0.iter().position(|call| !id.is_empty() && call.id == id);
            return match has_name {
                true => same,
                false => same.or(self.0.len().checked_sub(1)),
            };
        };
        let place = self.0.iter().rposition(|call| call.index == Some(index))?;
        let known = &self.0[place].id;
        let is_other = has_name && !id.is_empty() && !known.is_empty() && known != id;
        (!is_other).then_some(place)
    }

    /// Returns the calls in their order. Where an identifier is missing, one is made: results need
    /// it.
    pub(super) fn finish(self) -> Vec<RawObject> {
        let mut calls = self.0;
        calls.sort_by_key(|call| call.index.unwrap_or(u64::MAX));
        let calls = calls.into_iter().enumerate().map(|(place, call)| {
            let id = if call.id.is_empty() { format!("call_{place}") } else { call.id };
            let function = json!({ "name": call.name, "arguments": call.arguments });
            let mut whole = RawObject::default().with("id", &id);
            whole.set("type", "function");
            whole.set("function", &function);
            call.rest.iter().for_each(|(name, value)| whole.set(name, value));
            whole
        });
        calls.collect()
    }
}

/// Arguments as text. Some compatible servers send the object itself.
fn arguments(function: &Fields<'_>) -> Result<String, AnswerError> {
    match function.get("arguments") {
        Some(raw) if raw.get().starts_with('{') => Ok(raw.get().to_owned()),
        _ => Ok(function.optional_text("arguments")?.unwrap_or_default()),
    }
}

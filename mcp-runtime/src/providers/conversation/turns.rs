//! Turns of a conversation: each call has its result, in the order of the calls.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use mcp_core::protocol::CallToolResult;
use serde_json::value::RawValue;

use super::ConversationError;
use super::ids::{Ids, is_own};
use crate::providers::answer::{Arguments, ModelCall};
use crate::providers::content::{Piece, user_pieces};
use crate::providers::definitions::Definitions;
use crate::providers::message::{CallResult, Message, ModelMessage};
use crate::providers::provider::Provider;
use crate::providers::raw::RawObject;
use crate::providers::result::Target;

/// Turn of a conversation.
pub(super) enum Turn<'a> {
    /// Content of the user.
    User(Vec<Piece>),
    /// Turn of this provider, unchanged.
    Own(&'a [Box<RawValue>]),
    /// Turn of another provider. It has text or calls.
    Other { text: &'a str, calls: Vec<OtherCall<'a>> },
    /// Results of all calls of the turn before.
    Results(Vec<CallOutcome<'a>>),
}

/// Call of another provider.
pub(super) struct OtherCall<'a> {
    pub(super) id: String,
    pub(super) name: String,
    /// Object.
    pub(super) arguments: Cow<'a, RawValue>,
}

/// Result with the identifier and the name of its call at this provider.
pub(super) struct CallOutcome<'a> {
    id: Option<String>,
    name: String,
    result: &'a CallToolResult,
}

impl<'a> CallOutcome<'a> {
    /// Returns the call and the result.
    pub(super) fn parts(&self) -> (Target<'_>, &'a CallToolResult) {
        (Target { id: self.id.as_deref(), name: &self.name }, self.result)
    }
}

/// Reads a conversation.
pub(super) fn of<'a>(
    definitions: &'a Definitions,
    messages: &'a [Message],
) -> Result<Vec<Turn<'a>>, ConversationError> {
    if messages.is_empty() {
        let reason = "expected a message, got an empty conversation; begin with one of the user";
        return Err(ConversationError::new(0, reason));
    }
    let mut turns = Turns {
        definitions,
        ids: Ids::new(definitions, messages),
        turns: Vec::with_capacity(messages.len()),
        pending: Vec::new(),
        open: HashMap::new(),
        pending_at: 0,
    };
    for (place, message) in messages.iter().enumerate() {
        match message {
            Message::User(content) => {
                turns.settle()?;
                turns.user(user_pieces(content, definitions.provider), place)?;
            }
            Message::Model(message) => {
                turns.settle()?;
                turns.pending_at = place;
                turns.model(message);
            }
            Message::Results(results) => turns.results(results, place)?,
        }
    }
    turns.settle()?;
    Ok(turns.turns)
}

/// Turns that are read so far, and the calls that have no result yet.
struct Turns<'a> {
    definitions: &'a Definitions,
    ids: Ids<'a>,
    turns: Vec<Turn<'a>>,
    pending: Vec<Pending<'a>>,
    /// Positions of the pending calls without a result.
    open: HashMap<CallKey<'a>, VecDeque<usize>>,
    pending_at: usize,
}

struct Pending<'a> {
    call: &'a ModelCall,
    id: Option<String>,
    name: String,
    result: Option<&'a CallToolResult>,
}

impl<'a> Turns<'a> {
    fn user(&mut self, mut pieces: Vec<Piece>, place: usize) -> Result<(), ConversationError> {
        pieces.retain(|piece| !piece.is_blank());
        if pieces.is_empty() {
            let reason = "the message of the user is empty; add a text or media to it";
            return Err(ConversationError::new(place, reason));
        }
        // The templates of compatible servers and of Anthropic want roles to alternate.
        let is_merged = self.definitions.provider != Provider::OpenAiResponses;
        match self.turns.last_mut() {
            Some(Turn::User(before)) if is_merged => before.extend(pieces),
            _ => self.turns.push(Turn::User(pieces)),
        }
        Ok(())
    }

    fn model(&mut self, message: &'a ModelMessage) {
        let calls = message.calls.iter();
        for (position, call) in calls.clone().enumerate() {
            self.open.entry(key(call)).or_default().push_back(position);
        }
        if is_own(self.definitions, message) {
            self.turns.push(Turn::Own(&message.history));
            self.pending.extend(calls.map(|call| Pending {
                call,
                id: call.id.clone(),
                name: call.name.clone(),
                result: None,
            }));
            return;
        }
        let mut others = Vec::with_capacity(message.calls.len());
        for call in calls {
            let id = self.ids.id(call);
            let name = self.ids.name(message.provider, &call.name);
            let (of_result, name_of_result) = (Some(id.clone()), name.clone());
            self.pending.push(Pending { call, id: of_result, name: name_of_result, result: None });
            others.push(OtherCall { id, name, arguments: object(&call.arguments) });
        }
        if !message.text.trim().is_empty() || !others.is_empty() {
            self.turns.push(Turn::Other { text: &message.text, calls: others });
        }
    }

    fn results(
        &mut self,
        results: &'a [CallResult],
        place: usize,
    ) -> Result<(), ConversationError> {
        for CallResult { call, result } in results {
            let position = self.open.get_mut(&key(call)).and_then(VecDeque::pop_front);
            match position.and_then(|position| self.pending.get_mut(position)) {
                Some(pending) => pending.result = Some(result),
                None => {
                    let reason = format!(
                        "the result of {} has no call; results follow the turn of the model with \
                         their calls, one for each",
                        described(call)
                    );
                    return Err(ConversationError::new(place, reason));
                }
            }
        }
        Ok(())
    }

    /// Appends the results of the last turn of the model.
    fn settle(&mut self) -> Result<(), ConversationError> {
        self.open.clear();
        let mut outcomes = Vec::with_capacity(self.pending.len());
        for Pending { call, id, name, result } in self.pending.drain(..) {
            let Some(result) = result else {
                let reason = format!(
                    "{} has no result; add the results of all calls behind this message",
                    described(call)
                );
                return Err(ConversationError::new(self.pending_at, reason));
            };
            outcomes.push(CallOutcome { id, name, result });
        }
        if !outcomes.is_empty() {
            self.turns.push(Turn::Results(outcomes));
        }
        Ok(())
    }
}

/// Identifier of a call, or the name of its tool where it has none.
type CallKey<'a> = (Option<&'a str>, Option<&'a str>);

fn key(call: &ModelCall) -> CallKey<'_> {
    let id = call.id.as_deref();
    (id, id.is_none().then_some(&*call.name))
}

fn described(call: &ModelCall) -> String {
    match &call.id {
        Some(id) => format!("the call `{id}` of `{}`", call.name),
        None => format!("the call of `{}`", call.name),
    }
}

/// Arguments as an object, which providers require.
fn object(arguments: &Arguments) -> Cow<'_, RawValue> {
    match arguments {
        Arguments::Object(raw) => Cow::Borrowed(raw),
        Arguments::Malformed(malformed) => Cow::Owned(invalid_json(&malformed.text)),
    }
}

/// Object in place of arguments that are not one.
pub(in crate::providers) fn invalid_json(text: &str) -> Box<RawValue> {
    RawObject::default().with("INVALID_JSON", text).to_raw()
}

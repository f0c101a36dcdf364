//! Names and identifiers of calls, where they come from another provider.

use std::collections::HashSet;

use crate::providers::answer::ModelCall;
use crate::providers::definitions::Definitions;
use crate::providers::message::{Message, ModelMessage};
use crate::providers::names::{NameMap, ToolId};
use crate::providers::provider::Provider;

/// Maximum length of an identifier: that of Chat Completions.
const MAX_ID_LENGTH: usize = 40;

/// Names and identifiers of calls in a conversation.
pub(super) struct Ids<'a> {
    definitions: &'a Definitions,
    names: Vec<(Provider, NameMap)>,
    used: HashSet<String>,
    made: usize,
}

impl<'a> Ids<'a> {
    pub(super) fn new(definitions: &'a Definitions, messages: &[Message]) -> Self {
        let own = messages.iter().filter_map(|message| match message {
            Message::Model(message) if is_own(definitions, message) => Some(&message.calls),
            _ => None,
        });
        let used = own.flatten().filter_map(|call| call.id.clone()).collect();
        Self { definitions, names: Vec::new(), used, made: 0 }
    }

    /// Returns the identifier of a call, or another one if it is missing, taken or not allowed.
    pub(super) fn id(&mut self, call: &ModelCall) -> String {
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        if let Some(id) = &call.id
            && (1..=MAX_ID_LENGTH).contains(&id.len())
            && id.chars().all(allowed)
            && self.used.insert(id.clone())
        {
            return id.clone();
        }
        loop {
            let id = format!("call_{}", self.made);
            self.made += 1;
            if self.used.insert(id.clone()) {
                return id;
            }
        }
    }

    /// Returns the name at this provider of a tool with a name at another one.
    pub(super) fn name(&mut self, from: Provider, name: &str) -> String {
        let definitions = self.definitions;
        if from == definitions.provider && definitions.names.tool(name).is_some() {
            return name.to_owned();
        }
        let known = self.names.iter().position(|(provider, _)| *provider == from);
        let known = known.unwrap_or_else(|| {
            let tools = definitions.tools.iter().map(|definition| definition.tool.clone());
            self.names.push((from, NameMap::new(from, tools)));
            self.names.len() - 1
        });
        let tool = self.names[known].1.tool(name);
        if let Some(name) = tool.and_then(|tool| definitions.names.name(tool)) {
            return name.to_owned();
        }
        // The tool is not offered any more, or the model made it up.
        let tool = ToolId::new(name);
        let names = NameMap::new(definitions.provider, [tool.clone()]);
        names.name(&tool).unwrap_or(name).to_owned()
    }
}

/// `true` if the provider gets the message back unchanged.
pub(super) fn is_own(definitions: &Definitions, message: &ModelMessage) -> bool {
    message.provider == definitions.provider && !message.history.is_empty()
}

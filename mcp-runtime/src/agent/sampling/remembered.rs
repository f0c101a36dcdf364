//! Turns of models in the form of their providers, for servers that send them back.

use std::collections::VecDeque;

use mcp_core::protocol::ToolUseContent;

use crate::providers::{ModelCall, ModelMessage, Provider};

/// Maximum number of turns. The oldest is forgotten.
const MAX_TURNS: usize = 64;

/// Turns with uses of tools. Thinking blocks and thought signatures, which providers require when the
/// results arrive, have no place in the messages of servers.
#[derive(Default)]
pub(super) struct Remembered {
    turns: VecDeque<Turn>,
    made: u64,
}

/// Turn of a model.
pub(super) struct Turn {
    pub(super) message: ModelMessage,
    /// Calls with the ids that the server has for them.
    pub(super) calls: Vec<(String, ModelCall)>,
    /// Uses as the server received them.
    uses: Vec<ToolUseContent>,
}

impl Remembered {
    /// Stores a turn.
    pub(super) fn add(
        &mut self,
        message: ModelMessage,
        uses: Vec<ToolUseContent>,
        calls: Vec<ModelCall>,
    ) {
        if self.turns.len() >= MAX_TURNS {
            self.turns.pop_front();
        }
        let ids = uses.iter().map(|tool_use| tool_use.id.clone());
        let calls = ids.zip(calls).collect();
        self.turns.push_back(Turn { message, calls, uses });
    }

    /// Finds a turn, unless the server or the user has changed it.
    pub(super) fn find(
        &self,
        provider: Provider,
        text: &str,
        uses: &[&ToolUseContent],
    ) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| {
            let is_same = |(one, other): (&ToolUseContent, &&ToolUseContent)| {
                one.id == other.id && one.name == other.name && one.input == other.input
            };
            !uses.is_empty()
                && turn.message.provider == provider
                && turn.message.text == text
                && turn.uses.len() == uses.len()
                && turn.uses.iter().zip(uses).all(is_same)
        })
    }

    /// Makes an id for a use of a tool.
    pub(super) fn next_id(&mut self) -> String {
        self.made += 1;
        format!("call_{}", self.made)
    }
}

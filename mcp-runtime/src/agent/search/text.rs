//! Text of a tool, by field: what a search looks at.

use mcp_core::protocol::Tool;
use serde_json::Value;

use super::words::{Word, words};
use crate::providers::ToolId;

/// Part of a tool with an importance of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Server,
    Title,
    Description,
    ArgumentName,
    ArgumentText,
}

impl Field {
    pub(super) const COUNT: usize = 6;

    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Name,
        Self::Server,
        Self::Title,
        Self::Description,
        Self::ArgumentName,
        Self::ArgumentText,
    ];

    /// Weight of a word that is found here.
    pub(super) fn weight(self) -> f64 {
        match self {
            Self::Name => 6.0,
            Self::Server => 4.0,
            Self::Title => 3.0,
            Self::Description | Self::ArgumentName => 1.0,
            Self::ArgumentText => 0.3,
        }
    }

    /// Part of the weight that depends on the length of the field (`b` of BM25). Long names are those of
    /// other tools more often than long descriptions are.
    pub(super) fn length_part(self) -> f64 {
        match self {
            Self::Name => 0.75,
            _ => 0.4,
        }
    }
}

/// Limits of what is read of a tool: its server may not be trusted.
const MAX_TEXT: usize = 8_192;
const MAX_NODES: usize = 2_000;
const MAX_DEPTH: usize = 16;

/// Returns the words of a tool with their fields.
pub(super) fn words_of(id: &ToolId, tool: &Tool) -> Vec<(Field, Word)> {
    let mut found = Found { words: Vec::new(), nodes: MAX_NODES, bytes: MAX_TEXT };
    found.name(Field::Name, &tool.name);
    if let Some(server) = &id.server {
        found.name(Field::Server, server);
    }
    let annotated = tool.annotations.as_ref().and_then(|annotations| annotations.title.as_deref());
    if let Some(title) = tool.title.as_deref().or(annotated) {
        found.text(Field::Title, title);
    }
    if let Some(description) = &tool.description {
        found.text(Field::Description, description);
    }
    found.bytes = MAX_TEXT;
    found.schema(&tool.input_schema.to_value(), 0);
    found.words
}

struct Found {
    words: Vec<(Field, Word)>,
    /// Number of schemas that may still be read.
    nodes: usize,
    /// Number of bytes that may still be read.
    bytes: usize,
}

impl Found {
    fn text(&mut self, field: Field, text: &str) {
        let text = &text[..text.floor_char_boundary(self.bytes)];
        self.bytes -= text.len();
        self.words.extend(words(text).into_iter().map(|word| (field, word)));
    }

    /// Adds the words of a name, and each two neighbours as one word: `file_system` is `filesystem` too.
    fn name(&mut self, field: Field, name: &str) {
        let start = self.words.len();
        self.text(field, name);
        let parts: Vec<_> = self.words[start..]
            .iter()
            .flat_map(|(_, word)| {
                if word.parts.is_empty() { std::slice::from_ref(&word.whole) } else { &word.parts }
            })
            .collect();
        let pairs: Vec<_> = parts
            .windows(2)
            .map(|pair| Word { whole: format!("{}{}", pair[0], pair[1]), parts: Vec::new() })
            .collect();
        self.words.extend(pairs.into_iter().map(|word| (field, word)));
    }

    /// Adds the names of properties, descriptions and values of a schema and its subschemas.
    fn schema(&mut self, schema: &Value, depth: usize) {
        if depth > MAX_DEPTH || self.nodes == 0 {
            return;
        }
        self.nodes -= 1;
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    match (key.as_str(), value) {
                        ("properties", Value::Object(properties)) => {
                            for (name, property) in properties {
                                self.text(Field::ArgumentName, name);
                                self.schema(property, depth + 1);
                            }
                        }
                        ("description" | "const", Value::String(text)) => {
                            self.text(Field::ArgumentText, text);
                        }
                        ("enum", Value::Array(values)) => {
                            for text in values.iter().filter_map(Value::as_str) {
                                self.text(Field::ArgumentText, text);
                            }
                        }
                        ("default" | "examples", _) => {}
                        (_, value) => self.schema(value, depth + 1),
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.schema(item, depth + 1);
                }
            }
            _ => {}
        }
    }
}

//! Subsets of JSON Schema that providers document.

use super::json::Json;

/// Dialect of JSON Schema: what a provider accepts in the definition of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI without `strict`: JSON Schema 2020-12 with an object at the root.
    OpenAi,
    /// OpenAI with `strict`, of Responses and of Chat Completions.
    OpenAiStrict,
    /// Anthropic without `strict`: JSON Schema 2020-12 with an object at the root.
    Anthropic,
    /// Anthropic with `strict`.
    AnthropicStrict,
    /// Gemini, `parametersJsonSchema`.
    Gemini,
}

/// Formats of strings that OpenAI enforces.
const OPENAI_FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 5] =
        [Self::OpenAi, Self::OpenAiStrict, Self::Anthropic, Self::AnthropicStrict, Self::Gemini];

    /// `true` if the provider guarantees arguments that match the schema.
    pub fn is_strict(self) -> bool {
        matches!(self, Self::OpenAiStrict | Self::AnthropicStrict)
    }

    /// Returns the dialect of the same provider that is not strict.
    pub fn lax(self) -> Self {
        match self {
            Self::OpenAiStrict => Self::OpenAi,
            Self::AnthropicStrict => Self::Anthropic,
            other => other,
        }
    }

    /// `true` if all of JSON Schema is accepted below the root.
    pub(super) fn is_verbatim(self) -> bool {
        matches!(self, Self::OpenAi | Self::Anthropic)
    }

    /// `true` if every property is required, and `null` stands for an absent one.
    pub(super) fn requires_all(self) -> bool {
        self == Self::OpenAiStrict
    }

    /// `true` if `type` is better than `anyOf` for a scalar or `null`.
    pub(super) fn lists_types(self) -> bool {
        matches!(self, Self::OpenAiStrict | Self::Gemini)
    }

    /// `true` if a keyword of a scalar or array is accepted with this value.
    pub(super) fn keeps(self, keyword: &str, value: &Json, is_text: bool) -> bool {
        if self.is_verbatim() {
            return true;
        }
        match (self, keyword) {
            (_, "format") => {
                is_text && value.as_str().is_some_and(|format| self.has_format(format))
            }
            (Self::OpenAiStrict, "pattern") => value.as_str().is_some_and(is_regular),
            (Self::OpenAiStrict, "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf") => true,
            (Self::OpenAiStrict | Self::Gemini, "minimum" | "maximum") => true,
            (Self::OpenAiStrict | Self::Gemini, "minItems" | "maxItems") => {
                matches!(value, Json::Number(count) if count.is_u64())
            }
            (Self::AnthropicStrict, "minItems") => {
                matches!(value, Json::Number(count) if matches!(count.as_u64(), Some(0 | 1)))
            }
            _ => false,
        }
    }

    fn has_format(self, format: &str) -> bool {
        OPENAI_FORMATS.contains(&format) || format == "uri" && self != Self::OpenAiStrict
    }

    /// `true` if `enum` is accepted for values of a type.
    pub(super) fn has_enum_of(self, kind: &str) -> bool {
        self != Self::Gemini || matches!(kind, "string" | "number" | "integer")
    }
}

/// `true` if an expression has no assertion about its surroundings and no back reference.
fn is_regular(pattern: &str) -> bool {
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('1'..='9' | 'k' | 'b' | 'B' | 'p' | 'P') | None => return false,
                Some(_) => {}
            },
            '(' if characters.peek() == Some(&'?') => {
                characters.next();
                if characters.next() != Some(':') {
                    return false;
                }
            }
            _ => {}
        }
    }
    true
}

//! Tokens of a request and its answer.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::read::Fields;
use crate::providers::provider::Provider;

/// Tokens of a request and its answer. What a provider leaves out is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the request, with those that were read from a cache.
    pub input_tokens: u64,
    /// Tokens of the answer, with those of thoughts.
    pub output_tokens: u64,
    /// Tokens of the request that were read from a cache.
    pub cached_tokens: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        let Self { input_tokens, output_tokens, cached_tokens } = self;
        *input_tokens = input_tokens.saturating_add(other.input_tokens);
        *output_tokens = output_tokens.saturating_add(other.output_tokens);
        *cached_tokens = cached_tokens.saturating_add(other.cached_tokens);
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

/// Reads the tokens of an answer. A count that cannot be read is 0, since it is no reason to lose the
/// answer.
pub(super) fn usage(provider: Provider, answer: &Fields<'_>) -> Usage {
    let member = match provider {
        Provider::Gemini => "usageMetadata",
        _ => "usage",
    };
    let Ok(Some(counts)) = answer.optional_object(member) else { return Usage::default() };
    let count = |name: &str| number(&counts, name);
    let detail = |object: &str, name: &str| match counts.optional_object(object) {
        Ok(Some(details)) => number(&details, name),
        _ => 0,
    };
    match provider {
        Provider::OpenAiResponses => Usage {
            input_tokens: count("input_tokens"),
            output_tokens: count("output_tokens"),
            cached_tokens: detail("input_tokens_details", "cached_tokens"),
        },
        Provider::OpenAiChat => {
            let input_tokens = count("prompt_tokens");
            // Some compatible servers count thoughts in the total only.
            let rest = count("total_tokens").saturating_sub(input_tokens);
            Usage {
                input_tokens,
                output_tokens: count("completion_tokens").max(rest),
                cached_tokens: detail("prompt_tokens_details", "cached_tokens")
                    .max(count("prompt_cache_hit_tokens")),
            }
        }
        Provider::Anthropic => {
            let cached_tokens = count("cache_read_input_tokens");
            let uncached =
                count("input_tokens").saturating_add(count("cache_creation_input_tokens"));
            Usage {
                input_tokens: uncached.saturating_add(cached_tokens),
                output_tokens: count("output_tokens"),
                cached_tokens,
            }
        }
        Provider::Gemini => {
            let thoughts = count("thoughtsTokenCount");
            Usage {
                input_tokens: count("promptTokenCount")
                    .saturating_add(count("toolUsePromptTokenCount")),
                output_tokens: count("candidatesTokenCount").saturating_add(thoughts),
                cached_tokens: count("cachedContentTokenCount"),
            }
        }
    }
}

fn number(fields: &Fields<'_>, name: &str) -> u64 {
    fields.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn sums_of_tokens_do_not_overflow() {
        let mut sum = Usage { input_tokens: u64::MAX, output_tokens: 1, cached_tokens: 2 };
        sum += Usage { input_tokens: 3, output_tokens: 4, cached_tokens: 5 };
        let expected = Usage { input_tokens: u64::MAX, output_tokens: 5, cached_tokens: 7 };
        assert_eq!(sum, expected);
    }
}

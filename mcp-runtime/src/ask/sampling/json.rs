//! Answers of a model as JSON of a type.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Poll};

use mcp_core::protocol::{Role, SamplingContent};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::super::{AskError, AskErrorKind};
use super::{Sampling, rounds};
use crate::read_json::read_json;

/// A conversation whose answer is parsed into a type, created by [`Sampling::json`].
#[must_use = "nothing is asked until it is awaited"]
pub struct SampledJson<T> {
    sampling: Option<Sampling>,
    answer: Option<ValueFuture<T>>,
    value: PhantomData<fn() -> T>,
}

type ValueFuture<T> = Pin<Box<dyn Future<Output = Result<T, AskError>> + Send>>;

impl Sampling {
    /// Requests JSON of a type. The prompt contains the schema. If the answer does not match it, the
    /// model receives the error and is asked once more.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::elicit::AskError;
    /// # use mcp_runtime::{schemars, serde};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    /// struct Mood {
    ///     /// From -1 to 1
    ///     score: f64,
    /// }
    ///
    /// /// Judge the mood of a text.
    /// #[tool(read_only)]
    /// async fn mood(cx: &Context, text: String) -> Result<Mood, AskError> {
    ///     cx.sample(text).json::<Mood>().await
    /// }
    /// ```
    pub fn json<T: DeserializeOwned + JsonSchema>(self) -> SampledJson<T> {
        SampledJson { sampling: Some(self), answer: None, value: PhantomData }
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Future for SampledJson<T> {
    type Output = Result<T, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(sampling) = this.sampling.take() {
            this.answer = Some(Box::pin(run(sampling)));
        }
        match &mut this.answer {
            Some(answer) => answer.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

async fn run<T: DeserializeOwned + JsonSchema>(sampling: Sampling) -> Result<T, AskError> {
    let Sampling { cx, mut request, toolbox, .. } = sampling;
    let schema = schemars::schema_for!(T).to_value();
    let wanted = format!("Answer with JSON alone, which fits this schema: {schema}");
    let system = request.params.system_prompt.take();
    request.params.system_prompt = Some(match system {
        Some(system) => format!("{system}\n\n{wanted}"),
        None => wanted,
    });
    let mut repeated = request.restart();
    let first = rounds::run(cx.clone(), request, toolbox).await?.text();
    let fault = match read(&first) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    if !first.is_empty() {
        repeated.add(Role::Assistant, SamplingContent::text(first));
    }
    let repair = format!("This does not fit: {fault}. Answer again, with the JSON alone.");
    repeated.add(Role::User, SamplingContent::text(repair));
    let second = rounds::run(cx, repeated, Default::default()).await?.text();
    read(&second).map_err(|fault| {
        let message = format!("the model answered twice with what does not fit: {fault}");
        AskError::new(AskErrorKind::Invalid, message)
    })
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    read_json(without_fence(text))
}

/// The text without a Markdown code fence.
fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|text| text.strip_suffix("```")) else {
        return text;
    };
    let inner = inner.strip_prefix("json").unwrap_or(inner);
    inner.trim()
}

impl<T> std::fmt::Debug for SampledJson<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SampledJson").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::without_fence;

    #[test]
    fn a_fence_is_not_part_of_the_json() {
        for text in ["{}", " {}\n", "```json\n{}\n```", "```\n{}```"] {
            assert_eq!(without_fence(text), "{}", "{text}");
        }
        assert_eq!(without_fence("```"), "```");
    }
}

//! Sampling answered by a model, with the approval of the user.

use clap::Args;
use mcp_runtime::agent::{GenaiModel, SamplingModel};
use mcp_runtime::client::ClientBuilder;
use mcp_runtime::protocol::{CreateMessageParams, CreateMessageResult};

use super::terminal::is_interactive;
use super::{NoAnswer, ask, sampling};
use crate::exit::Failure;
use crate::output::{one_line, screen};

/// Arguments that let a model answer sampling requests.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ModelArguments {
    /// Model that answers sampling requests, such as `gpt-5.2`, `claude-sonnet-4-6` or `ollama::qwen3`. Its key is read from the environment
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Base URL of another server with the interface of the model, such as `http://localhost:8080/v1`. It gets no key unless one is named
    #[arg(long, value_name = "URL", requires = "model")]
    model_url: Option<String>,
    /// Environment variable with the key of the model
    #[arg(long, value_name = "VARIABLE", requires = "model")]
    model_key_env: Option<String>,
    /// Maximum number of tokens in an answer of the model
    #[arg(long, value_name = "COUNT", requires = "model", value_parser = tokens())]
    #[arg(default_value = "4096")]
    model_max_tokens: u64,
    /// Number of tokens, in requests and answers, after which the model is not asked any more
    #[arg(long, value_name = "COUNT", requires = "model", value_parser = tokens())]
    #[arg(default_value = "100000")]
    model_budget: u64,
    /// Sends requests to the model without asking the user
    #[arg(long, requires = "model")]
    approve_sampling: bool,
}

fn tokens() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..)
}

impl ModelArguments {
    /// Returns the failure if requests to the model cannot be sent, for instance without a key.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let Some((name, model)) = self.model() else { return Ok(()) };
        let variable = model.key_variable().await.map_err(|error| {
            Failure::usage(format!("the model `{name}` cannot be used: {error}"))
        })?;
        match variable {
            Some(variable) if std::env::var(&variable).unwrap_or_default().trim().is_empty() => {
                let message = format!(
                    "the model `{name}` needs a key, and the environment variable `{variable}` is not set"
                );
                Err(Failure::usage(message)
                    .note("`--model-key-env VARIABLE` names another variable"))
            }
            _ => Ok(()),
        }
    }

    /// Lets the model answer, if there is one.
    pub(super) fn add_to<T>(&self, builder: ClientBuilder<T>) -> ClientBuilder<T> {
        let Some((name, model)) = self.model() else { return builder };
        let (shown, is_approved) = (name.clone(), self.approve_sampling);
        let model =
            SamplingModel::new(model, move |request| approve(request, shown.clone(), is_approved));
        let model = model
            .review(move |answer| {
                note(&name, &answer);
                std::future::ready(Some(answer))
            })
            .max_tokens(self.model_max_tokens)
            .token_budget(self.model_budget);
        builder.sampling(model)
    }

    pub(super) fn is_given(&self) -> bool {
        self.model.is_some()
    }

    fn model(&self) -> Option<(String, GenaiModel)> {
        let name = self.model.clone()?;
        let mut model = GenaiModel::new(&*name).streaming(false);
        if let Some(url) = &self.model_url {
            model = model.base_url(url);
        }
        if let Some(variable) = &self.model_key_env {
            model = model.api_key_variable(variable);
        }
        Some((name, model))
    }
}

/// Asks the user to approve a request, unless that is done already.
async fn approve(
    request: CreateMessageParams,
    model: String,
    is_approved: bool,
) -> Option<CreateMessageParams> {
    if is_approved {
        return Some(request);
    }
    if !is_interactive() {
        let note = format!("`--approve-sampling` sends requests to `{model}` without a terminal");
        return NoAnswer::Abort(sampling::unanswered(&request).note(note)).end().await;
    }
    // Without a prompt there is no approval.
    ask(move || sampling::approve(request, &model)).await.ok().flatten()
}

/// Reports an answer.
fn note(model: &str, answer: &CreateMessageResult) {
    let texts = answer.content.iter().map(sampling::shown).collect::<Vec<_>>().join(" ");
    screen::note(one_line(&format!("{model} answered: {}", texts.replace('\n', " "))));
}

//! Questions of servers: answered in the terminal, or by `--answer`.

mod answers;
mod field;
mod form;
#[cfg(feature = "models")]
mod model;
mod sampling;
mod terminal;
mod url;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use mcp_runtime::ProtocolError;
use mcp_runtime::client::ClientBuilder;
use mcp_runtime::client::reqwest::Url;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::protocol::{CreateMessageParams, CreateMessageResult, Root};
use mcp_runtime::protocol::{ElicitFormParams, ElicitResult, ElicitUrlParams};
use tokio::sync::Mutex;

use self::answers::Answers;
use self::form::Form;
use self::terminal::{Stop, is_interactive};
use crate::abort::abort;
use crate::exit::{Exit, Failure};
use crate::input::Pair;
use crate::output::{one_line, screen};

/// Code of the error for a request to the model that the user has declined.
///
/// Specification: [Error handling](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#error-handling).
pub(crate) const REJECTED: ErrorCode = ErrorCode(-1);

/// Arguments that answer questions of a server.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Questions of the server")]
pub(crate) struct QuestionArguments {
    /// Answer to the field of a form. For several questions in turn: several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) answer: Vec<Pair>,
    /// Directory that the server may work on
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) root: Vec<PathBuf>,
    #[cfg(feature = "models")]
    #[command(flatten)]
    model: model::ModelArguments,
}

impl QuestionArguments {
    /// Returns the failure if questions cannot be answered as the arguments want it.
    pub(crate) async fn check(&self) -> Result<(), Failure> {
        #[cfg(feature = "models")]
        self.model.check().await?;
        Ok(())
    }

    /// Sets the handlers of questions.
    pub(crate) fn add_to<T>(
        &self,
        mut builder: ClientBuilder<T>,
    ) -> Result<ClientBuilder<T>, Failure> {
        if !self.root.is_empty() {
            builder = builder.roots(self.roots()?);
        }
        let answers = Arc::new(Answers::new(&self.answer)?);
        // Answers are for forms. A server that finds no other way to ask than forms, uses them.
        let is_scripted = !answers.is_empty() && !is_interactive();
        builder = builder.on_form(move |form| answer_form(Arc::clone(&answers), form));
        if !is_scripted {
            builder = builder.on_url(answer_url).on_sample(answer_sampling);
        }
        #[cfg(feature = "models")]
        if self.model.is_given() {
            builder = self.model.add_to(builder);
        }
        Ok(builder)
    }

    /// The directories that the server may work on.
    pub(crate) fn roots(&self) -> Result<Vec<Root>, Failure> {
        self.root.iter().map(|directory| root(directory)).collect()
    }
}

fn root(directory: &Path) -> Result<Root, Failure> {
    let shown = directory.display();
    let path = directory
        .canonicalize()
        .map_err(|error| Failure::usage(format!("`--root {shown}` cannot be opened: {error}")))?;
    if !path.is_dir() {
        return Err(Failure::usage(format!("`--root {shown}`: expected a directory, got a file")));
    }
    let uri = Url::from_file_path(&path)
        .map_err(|()| Failure::usage(format!("`--root {shown}` has no `file:` URI")))?;
    let root = Root::new(uri);
    Ok(match path.file_name() {
        Some(name) => root.name(name.to_string_lossy()),
        None => root,
    })
}

/// Reason for a question without an answer.
enum NoAnswer {
    /// The command ends.
    Abort(Failure),
    /// The user has stopped the prompt.
    Stop(Stop),
}

impl NoAnswer {
    /// Ends the command. The question is never answered.
    async fn end<T>(self) -> T {
        abort(match self {
            Self::Abort(failure) => failure,
            Self::Stop(Stop::Lost(reason)) => {
                Failure::internal(format!("the terminal cannot be used: {reason}"))
            }
            Self::Stop(Stop::Escape | Stop::Interrupt) => Failure::cancelled(),
        });
        std::future::pending().await
    }
}

async fn answer_form(
    answers: Arc<Answers>,
    params: ElicitFormParams,
) -> Result<ElicitResult, ProtocolError> {
    let form = Form::of(&params);
    let given = match answers.for_form(&form) {
        Ok(given) => given,
        Err(failure) => return NoAnswer::Abort(failure).end().await,
    };
    if !given.is_empty() && form.missing(&given).next().is_none() {
        let names: Vec<_> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let message = one_line(&form.message);
        screen::note(one_line(&format!("answered {message:?} with {}", names.join(", "))));
        return Ok(ElicitResult::accept(given));
    }
    if !is_interactive() {
        return NoAnswer::Abort(form.unanswered(&given)).end().await;
    }
    ask(move || form.ask(&given)).await
}

async fn answer_url(params: ElicitUrlParams) -> Result<ElicitResult, ProtocolError> {
    if !is_interactive() {
        return NoAnswer::Abort(url::unanswered(&params)).end().await;
    }
    ask(move || url::ask(&params)).await
}

async fn answer_sampling(
    params: CreateMessageParams,
) -> Result<CreateMessageResult, ProtocolError> {
    if !is_interactive() {
        let failure = sampling::unanswered(&params);
        #[cfg(feature = "models")]
        let failure = failure.note("`--model MODEL` lets a model answer");
        return NoAnswer::Abort(failure).end().await;
    }
    let answer = ask(move || sampling::ask(&params)).await?;
    answer.ok_or_else(|| ProtocolError::new(REJECTED, "the user declined the request"))
}

/// The terminal, which has one prompt at a time. Servers may ask several questions at once.
static TERMINAL: Mutex<()> = Mutex::const_new(());

/// Runs a prompt on a thread of its own, because a terminal blocks.
async fn ask<T: Send + 'static>(
    prompt: impl FnOnce() -> Result<T, Stop> + Send + 'static,
) -> Result<T, ProtocolError> {
    let terminal = TERMINAL.lock().await;
    let prompt = move || {
        // Released when the prompt ends, even if the question was withdrawn before.
        let _terminal = terminal;
        screen::prompt(prompt)
    };
    match tokio::task::spawn_blocking(prompt).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(stop)) => NoAnswer::Stop(stop).end().await,
        Err(error) => Err(ProtocolError::internal(format!("the prompt failed: {error}"))),
    }
}

/// The failure for a question that needs a terminal.
fn input_required(question: &str, message: &str) -> Failure {
    let message = format!("the server {question}, and there is no terminal: {message:?}");
    Failure::new(Exit::InputRequired, "input_required", message)
}

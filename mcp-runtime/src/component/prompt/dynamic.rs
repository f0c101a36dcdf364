//! Prompts that are created at run time.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use mcp_core::protocol::PromptArgument;

use super::messages::fallible;
use super::{Messages, PromptBuilder, PromptReply, PromptSpec};
use crate::component::completion::completer::{Complete, Completer};
use crate::component::presentation::component_setters;
use crate::component::strings::arguments::StringArguments;
use crate::component::strings::call::StringCall;
use crate::component::strings::failure::HandlerFailure;
use crate::component::strings::signature::{StringArgument, Suggestions};
use crate::context::handle::Context;

/// A prompt with a handler of its own, for definitions that are known only at run time: an entry of
/// a configuration, a prompt of another server.
///
/// ```
/// use mcp_runtime::protocol::PromptArgument;
/// use mcp_runtime::Context;
/// use mcp_runtime::prompt::{Prompt, PromptArguments};
///
/// let translate = Prompt::new("translate", async |_cx: Context, arguments: PromptArguments| {
///     format!("Translate into French: {}", arguments.get("text").unwrap_or_default())
/// })
/// .description("Ask for a translation.")
/// .argument(PromptArgument::new("text").required(true));
/// # drop(translate);
/// ```
pub struct Prompt(PromptBuilder);

impl Prompt {
    /// Creates a prompt with a name and a handler, which returns what a `#[prompt]` function may.
    pub fn new<F, Running, R, Via>(name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Context, PromptArguments) -> Running + Send + Sync + 'static,
        Running: Future<Output = R> + Send + 'static,
        R: DynamicMessages<Via> + 'static,
    {
        let handler = Arc::new(handler);
        Self(PromptBuilder::named(name).handler(move |call: StringCall| {
            if let Some(refusal) = refusal(&call) {
                return Box::pin(std::future::ready(refusal));
            }
            let handler = Arc::clone(&handler);
            // Called when the future is polled, because it may block before it returns its own.
            Box::pin(async move {
                let context = call.scope.context().clone();
                handler(context, PromptArguments(call)).await.into_reply()
            })
        }))
    }

    component_setters!(0);

    /// Adds an argument. A required argument is present when the handler runs.
    #[must_use]
    pub fn argument(mut self, argument: PromptArgument) -> Self {
        self.0.signature.push(StringArgument {
            name: argument.name,
            title: argument.title,
            description: argument.description,
            required: argument.required.unwrap_or_default(),
            list: false,
            suggestions: Suggestions::None,
        });
        self
    }

    /// Sets the function that completes an argument that has been added.
    #[must_use]
    pub fn complete<Via>(mut self, argument: &str, completer: impl Complete<Via>) -> Self {
        let signature = &mut self.0.signature;
        match signature.table.find_mut(argument) {
            Some(argument) => {
                argument.suggestions = Suggestions::Completer(Completer::new(completer))
            }
            None => {
                signature.errors.push(format!("there is no argument `{argument}` to complete"));
            }
        }
        self
    }

    /// Checks the prompt.
    pub(crate) fn into_spec(self, open: bool) -> Result<PromptSpec, Vec<String>> {
        self.0.finish(open)
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt").field("name", &self.0.name).finish_non_exhaustive()
    }
}

/// Returns the answer to a request with invalid arguments.
fn refusal(call: &StringCall) -> Option<PromptReply> {
    let texts = StringArguments::read(call);
    texts.require_all();
    (!texts.fit()).then(|| texts.refusal())
}

/// Arguments of a prompt request.
pub struct PromptArguments(StringCall);

impl PromptArguments {
    /// Value of an argument, if it is present.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.value(name)
    }
}

impl fmt::Debug for PromptArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PromptArguments").field(&self.0.subject).finish()
    }
}

/// Return type of the handler of a [`Prompt`]. `Via` is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the messages of a prompt",
    note = "return `String`, `PromptMessage`, `Vec<PromptMessage>`, content, `GetPromptResult`, or a `Result` of one of those"
)]
pub trait DynamicMessages<Via> {
    #[doc(hidden)]
    fn into_reply(self) -> PromptReply;
}

/// Marks [`DynamicMessages`] of a handler that cannot fail.
#[derive(Debug)]
pub enum ViaMessages {}

/// Marks [`DynamicMessages`] of a handler that can fail.
#[derive(Debug)]
pub struct ViaFallibleMessages<Via>(Via);

impl<T: Messages> DynamicMessages<ViaMessages> for T {
    fn into_reply(self) -> PromptReply {
        Ok(self.into_result())
    }
}

impl<T, E, Via> DynamicMessages<ViaFallibleMessages<Via>> for Result<T, E>
where
    T: Messages,
    E: HandlerFailure<Via>,
{
    fn into_reply(self) -> PromptReply {
        fallible(self)
    }
}

//! The request `completion/complete`.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::name::nearest;
use mcp_core::protocol::{CompleteParams, Completion, CompletionContext, CompletionReference};

use super::Completing;
use crate::component::app::App;
use crate::component::mount_scope::{self, MountScope};
use crate::component::registry::Registry;
use crate::component::strings::signature::{Signature, Suggestions};
use crate::context::exchange::Exchange;
use crate::context::members::Members;
use crate::context::scope::Scope;
use crate::read_json::read_json;

/// Returns `true` if an argument of some component can be completed.
pub(crate) fn is_available(registry: &Registry) -> bool {
    let suggests = |signature: &Signature| {
        signature.table.arguments().any(|argument| argument.suggestions.exist())
    };
    registry.prompts.items().iter().any(|prompt| suggests(&prompt.signature))
        || registry.templates.items().iter().any(|template| suggests(&template.reader.signature))
}

/// Answers `completion/complete`.
///
/// # Errors
/// `-32602` if the parameters are not those of the method or name nothing there is, `-32603` if the
/// completer fails.
pub(crate) async fn complete(
    app: Arc<App>,
    mut exchange: Exchange,
) -> Result<Members, ProtocolError> {
    let params = read(&exchange)?;
    let (signature, mount_scope) = named(&app.registry_for(&exchange), &params.reference)?;
    mount_scope::enter(mount_scope.as_ref(), &mut exchange);
    let CompleteParams { argument, context, .. } = params;
    let known = signature.table.arguments().find(|known| known.name == argument.name);
    let known =
        known.ok_or_else(|| unknown("argument", &argument.name, signature.table.names()))?;
    let values = match &known.suggestions {
        Suggestions::None => Vec::new(),
        Suggestions::Fixed(values) => values.clone(),
        Suggestions::Completer(completer) => {
            let completing = completing(app, exchange, argument.value.clone(), context);
            completer.suggest(completing).await.map_err(ProtocolError::internal)?
        }
        #[cfg(feature = "client")]
        Suggestions::Upstream(elsewhere) => {
            let completing = completing(app, exchange, argument.value, context);
            return elsewhere.complete(completing).await;
        }
    };
    Ok(rendered(&fitting(values, &argument.value)))
}

fn completing(
    app: Arc<App>,
    exchange: Exchange,
    partial: String,
    context: Option<CompletionContext>,
) -> Completing {
    let arguments = context.and_then(|context| context.arguments).unwrap_or_default();
    let context = Scope::new(app, exchange, None).context().clone();
    Completing { partial, arguments, context }
}

fn read(exchange: &Exchange) -> Result<CompleteParams, ProtocolError> {
    let refused = |error: &dyn std::fmt::Display| {
        ProtocolError::invalid_params(format!("completion/complete: {error}"))
    };
    let params = exchange.params().ok_or_else(|| refused(&"expected `ref` and `argument`"))?;
    read_json(params.as_str()).map_err(|error| refused(&error))
}

/// Returns the parameters and the mount scope of the component that a request refers to. A resource
/// without variables has no parameters.
fn named(
    registry: &Registry,
    reference: &CompletionReference,
) -> Result<(Arc<Signature>, Option<Arc<MountScope>>), ProtocolError> {
    match reference {
        CompletionReference::Prompt { name, .. } => match registry.prompts.get(name) {
            Some(prompt) => Ok((Arc::clone(&prompt.signature), prompt.mount_scope.clone())),
            None => Err(unknown("prompt", name, registry.prompts.keys())),
        },
        CompletionReference::Resource { uri } => {
            let template = registry.templates.get(uri).map(|found| &found.reader);
            let found = template.or_else(|| registry.resources.get(uri).map(|found| &found.reader));
            match found {
                Some(reader) => Ok((Arc::clone(&reader.signature), reader.mount_scope.clone())),
                None => Err(unknown("resource template", uri, registry.templates.keys())),
            }
        }
        _ => Err(ProtocolError::invalid_params("completion/complete: unknown type of `ref`")),
    }
}

fn unknown<'a>(noun: &str, wanted: &str, known: impl Iterator<Item = &'a str>) -> ProtocolError {
    let shown: String = wanted.chars().take(128).collect();
    ProtocolError::invalid_params(match nearest(wanted, known) {
        Some(nearest) => format!("unknown {noun}: {shown}; did you mean `{nearest}`?"),
        None => format!("unknown {noun}: {shown}"),
    })
}

/// The values that begin with what has been typed, upper and lower case alike.
fn fitting(values: Vec<String>, partial: &str) -> Completion {
    let wanted = partial.to_lowercase();
    let fits = |value: &String| value.to_lowercase().starts_with(&wanted);
    Completion::new(values.into_iter().filter(fits))
}

fn rendered(completion: &Completion) -> Members {
    let mut members = Vec::new();
    json::members(&mut members, |result| result.value("completion", completion));
    Members { members: members.into(), ..Members::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(partial: &str, expected: &[&str]) {
        let values = ["Rust", "ruby", "Python"].map(str::to_owned).to_vec();
        assert_eq!(fitting(values, partial).values, expected);
    }

    #[test]
    fn only_what_begins_alike_is_suggested() {
        check("", &["Rust", "ruby", "Python"]);
        check("RU", &["Rust", "ruby"]);
        check("Rust!", &[]);
    }
}

//! The request `completion/complete`.

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::name::nearest;
use mcp_core::protocol::{CompleteParams, Completion, CompletionReference};

use super::Completing;
use crate::component::app::App;
use crate::component::mount_scope::{self, MountScope};
use crate::component::registry::Registry;
use crate::component::resource::{Reader, find};
use crate::component::strings::signature::{Signature, Suggestions};
use crate::context::exchange::Exchange;
use crate::context::members::Members;
use crate::context::scope::Scope;
use crate::read_json::read_json;
use crate::shorten::{reason, shorten_to};

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
    let Named { signature, mount_scope, values } =
        named(&app.registry_for(&exchange), &params.reference)?;
    mount_scope::enter(mount_scope.as_ref(), &mut exchange);
    let CompleteParams { argument, context, .. } = params;
    let mut others = values;
    others.retain(|name, _| *name != argument.name);
    others.extend(context.and_then(|context| context.arguments).unwrap_or_default());
    let known = signature.table.arguments().find(|known| known.name == argument.name);
    let known =
        known.ok_or_else(|| unknown("argument", &argument.name, signature.table.names()))?;
    let values = match &known.suggestions {
        Suggestions::None => Vec::new(),
        Suggestions::Fixed(values) => values.clone(),
        Suggestions::Completer(completer) => {
            let completing = completing(app, exchange, argument.value.clone(), others);
            let failed = |message: String| ProtocolError::internal(message).foreign();
            let values = completer.suggest(completing).await.map_err(failed)?;
            if completer.is_fuzzy {
                return Ok(rendered(&Completion::new(values)));
            }
            values
        }
        #[cfg(feature = "client")]
        Suggestions::Upstream(elsewhere) => {
            let completing = completing(app, exchange, argument.value, others);
            return elsewhere.complete(completing).await;
        }
    };
    Ok(rendered(&fitting(values, &argument.value)))
}

fn completing(
    app: Arc<App>,
    exchange: Exchange,
    partial: String,
    arguments: BTreeMap<String, String>,
) -> Completing {
    let context = Scope::new(app, exchange, None).context().clone();
    Completing { partial, arguments, context }
}

fn read(exchange: &Exchange) -> Result<CompleteParams, ProtocolError> {
    let refused = |error: &dyn std::fmt::Display| {
        ProtocolError::invalid_params(format!("completion/complete: {}", reason(error)))
    };
    let params = exchange.params().ok_or_else(|| refused(&"expected `ref` and `argument`"))?;
    read_json(params.as_str()).map_err(|error| refused(&error))
}

/// The component that a request refers to.
struct Named {
    signature: Arc<Signature>,
    mount_scope: Option<Arc<MountScope>>,
    /// Values of its arguments that the reference itself contains.
    values: BTreeMap<String, String>,
}

impl Named {
    fn of_reader(reader: &Reader, values: BTreeMap<String, String>) -> Self {
        let signature = Arc::clone(&reader.signature);
        Self { signature, mount_scope: reader.mount_scope.clone(), values }
    }
}

/// Returns the component that a request refers to. A resource without variables has no arguments.
fn named(registry: &Registry, reference: &CompletionReference) -> Result<Named, ProtocolError> {
    match reference {
        CompletionReference::Prompt { name, .. } => match registry.prompts.get(name) {
            Some(prompt) => Ok(Named {
                signature: Arc::clone(&prompt.signature),
                mount_scope: prompt.mount_scope.clone(),
                values: BTreeMap::new(),
            }),
            None => Err(unknown("prompt", name, registry.prompts.keys())),
        },
        CompletionReference::Resource { uri } => resource(registry, uri)
            .ok_or_else(|| unknown("resource template", uri, registry.templates.keys())),
        _ => Err(ProtocolError::invalid_params("completion/complete: unknown type of `ref`")),
    }
}

/// The resource of a template, of a URI that a template matches, or of a URI of its own.
fn resource(registry: &Registry, uri: &str) -> Option<Named> {
    if let Some(template) = registry.templates.get(uri) {
        return Some(Named::of_reader(&template.reader, BTreeMap::new()));
    }
    if let Some((template, captures)) = find::template(registry, uri) {
        let values = captures.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        return Some(Named::of_reader(&template.reader, values));
    }
    let resource = registry.resources.get(uri)?;
    Some(Named::of_reader(&resource.reader, BTreeMap::new()))
}

fn unknown<'a>(noun: &str, wanted: &str, known: impl Iterator<Item = &'a str>) -> ProtocolError {
    let shown = shorten_to(wanted, 128);
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

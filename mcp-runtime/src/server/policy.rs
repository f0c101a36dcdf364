//! Carries out the decisions of access policies, before a request is dispatched.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::schema::Schema;
use serde_json::{Map, Value};

use super::dispatch::Target;
use super::observation::Observations;
use crate::ask::elicitation::Elicited;
use crate::ask::form::{Elicit, Fields, Fill, form_schema, read_form};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::hook::HookRequest;
use crate::component::mount_scope::MountScope;
use crate::component::observer::Decided;
use crate::component::policy::request::{RequestedComponent, parse};
use crate::component::policy::{AccessRequest, Decision, Policy, Verdict};
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::Listed;
use crate::component::resource::find;
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::outcome::ToolOutcome;
use crate::component::tool::spec::ToolSpec;
use crate::component::visibility::ComponentRef;
use crate::context::handle::Context;

/// The component that a request is for.
enum Component {
    Tool(Arc<ToolSpec>),
    Prompt(Arc<PromptSpec>),
    Resource(Arc<ResourceSpec>),
    Template(Arc<TemplateSpec>),
}

impl RequestedComponent for Component {
    fn component_ref(&self) -> ComponentRef<'_> {
        match self {
            Self::Tool(tool) => tool.component_ref(),
            Self::Prompt(prompt) => prompt.component_ref(),
            Self::Resource(resource) => resource.component_ref(),
            Self::Template(template) => template.component_ref(),
        }
    }
}

/// The consent of the user: a form without fields, which is accepted or declined.
struct Consent;

impl Fill for Consent {
    fn fill(_: &mut impl Fields) -> Option<Self> {
        Some(Self)
    }
}

impl Elicit for Consent {
    fn schema() -> Schema {
        form_schema::<Self>()
    }

    fn read(content: &Map<String, Value>) -> Result<Self, String> {
        read_form(content)
    }
}

/// The end of a request that a policy refuses.
pub(super) type Refusal = Result<HandlerOutput, ProtocolError>;

/// Asks the policies of the server, and of the servers that the component was mounted from.
///
/// # Errors
/// The answer to a request that is refused.
pub(super) async fn enforce(
    app: &App,
    target: &Target,
    request: &HookRequest,
    observations: &mut Observations,
) -> Result<(), Refusal> {
    let scope = target.mount_scope();
    let mut policies: Vec<(&Policy, Option<Arc<MountScope>>)> =
        app.policies.iter().map(|policy| (policy, None)).collect();
    let mut scopes = Vec::new();
    let mut next = scope;
    while let Some(scope) = next {
        scopes.push(scope);
        next = scope.outer.as_ref();
    }
    for scope in scopes.into_iter().rev() {
        policies.extend(scope.policies.iter().map(|policy| (policy, Some(Arc::clone(scope)))));
    }
    if policies.is_empty() {
        return Ok(());
    }
    let Some(access) = access(app, target, request).map_err(Err)? else { return Ok(()) };
    for (policy, scope) in policies {
        let access = match scope {
            Some(scope) => access.named(&scope.own_key(access.name())),
            None => access.clone(),
        };
        let verdict = policy.decide(access).await;
        observations.decided(&Decided::By(&verdict));
        let rule = verdict.rule.as_deref();
        match &verdict.decision {
            Decision::Allow => tracing::debug!(rule, "the access policy allows a request"),
            Decision::Deny(reason) => {
                tracing::info!(rule, reason, "the access policy refuses a request");
            }
            Decision::Ask(_) => tracing::debug!(rule, "the access policy asks the user"),
        }
        carry_out(verdict, target, request.context(), observations).await?;
    }
    Ok(())
}

async fn carry_out(
    verdict: Verdict,
    target: &Target,
    cx: &Context,
    observations: &mut Observations,
) -> Result<(), Refusal> {
    let was_denied = matches!(verdict.decision, Decision::Deny(_));
    let reason = match verdict.decision {
        Decision::Allow => return Ok(()),
        Decision::Deny(reason) => Cow::Owned(reason),
        Decision::Ask(_) if !cx.can_elicit() => Cow::Borrowed(
            "the user has to agree, and the client cannot ask its user (it lacks elicitation)",
        ),
        Decision::Ask(question) => match cx.elicit::<Consent>(question).await {
            Ok(Elicited::Accepted(Consent)) => {
                observations.decided(&Decided::User { agrees: true });
                return Ok(());
            }
            Ok(Elicited::Declined | Elicited::Cancelled) => Cow::Borrowed("the user did not agree"),
            Err(error) => Cow::Owned(format!("the user could not be asked: {error}")),
        },
    };
    if !was_denied {
        observations.decided(&Decided::User { agrees: false });
    }
    Err(refusal(&reason, target))
}

/// The answer to a request that is refused: for the model, if it calls a tool.
fn refusal(reason: &str, target: &Target) -> Refusal {
    let text = format!("access denied: {reason}");
    match target {
        Target::Tool(_) => Ok(HandlerOutput::Tool(ToolOutcome::failed(text))),
        _ => Err(ProtocolError::invalid_request(text)),
    }
}

/// The request as policies see it; `None` for a method that no component serves.
///
/// # Errors
/// `-32602` for arguments that a policy cannot decide on.
fn access(
    app: &App,
    target: &Target,
    request: &HookRequest,
) -> Result<Option<AccessRequest>, ProtocolError> {
    let arguments = || parse(request.arguments().unwrap_or("{}"));
    let (component, name, arguments) = match target {
        Target::Tool(tool) => {
            (Component::Tool(Arc::clone(&tool.spec)), Cow::Borrowed(tool.spec.name()), arguments()?)
        }
        Target::Prompt(prompt) => {
            let spec = &prompt.spec;
            (Component::Prompt(Arc::clone(spec)), Cow::Borrowed(spec.key()), arguments()?)
        }
        Target::Resource(resource) => {
            let name = ResourceSpec::comparable(&resource.uri);
            let (component, variables) = readable(app, &resource.uri).ok_or_else(|| {
                ProtocolError::internal("the resource was removed while it was asked for")
            })?;
            (component, name, variables)
        }
        Target::Extension(_) | Target::Method(_) => return Ok(None),
    };
    let context = request.context().clone();
    Ok(Some(AccessRequest::new(context, Box::new(component), &name, arguments)))
}

/// The resource at a URI, or its template and the values of the variables.
fn readable(app: &App, uri: &str) -> Option<(Component, Map<String, Value>)> {
    let registry = app.live.registry();
    if let Some(resource) = registry.resources.get(uri) {
        return Some((Component::Resource(Arc::clone(resource)), Map::new()));
    }
    let (template, captures) = find::template(&registry, uri)?;
    let mut variables = Map::new();
    for (name, value) in captures {
        match variables.get_mut(&*name) {
            None => drop(variables.insert(name.to_string(), value.into())),
            Some(Value::Array(values)) => values.push(value.into()),
            Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
        }
    }
    let template = registry.templates.get(template.key())?;
    Some((Component::Template(Arc::clone(template)), variables))
}

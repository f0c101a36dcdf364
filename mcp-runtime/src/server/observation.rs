//! Observes requests from before their hooks to their end, also if they are cancelled.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;

use super::dispatch::Target;
use crate::clock::{self, Instant};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::observer::{
    ComponentKind, Decided, Observation, Observed, ObservedComponent, Outcome,
};
use crate::component::registry::Listed;
use crate::component::resource::find;
use crate::component::tool::spec::ToolSpec;
use crate::context::exchange::Span;
use crate::context::handle::Context;
use crate::context::questions::Questions;

/// The observations of one request. Dropped before their end, they observe its cancellation.
#[derive(Default)]
pub(super) struct Observations(Option<Box<Inner>>);

struct Inner {
    app: Arc<App>,
    request: Observed,
    all: Vec<Box<dyn Observation>>,
}

impl Observations {
    /// Begins to observe a request. Waits until all observers are ready for it.
    pub(super) async fn begin(
        app: &Arc<App>,
        context: &Context,
        requested: Option<&str>,
        target: Option<&Target>,
    ) -> Self {
        if app.observers.is_empty() {
            return Self::default();
        }
        let component = target.and_then(|target| component(app, target));
        let arguments = target.and_then(Target::arguments);
        let request = observed(context, component, requested, arguments);
        for observer in &app.observers {
            observer.ready().await;
        }
        Self::of(app, request)
    }

    /// Begins to observe a task.
    pub(super) fn of_task(
        app: &Arc<App>,
        context: &Context,
        tool: &ToolSpec,
        arguments: Span,
    ) -> Self {
        if app.observers.is_empty() {
            return Self::default();
        }
        let request = observed(context, Some(of_tool(tool)), Some(tool.name()), Some(arguments));
        Self::of(app, Observed { is_task: true, ..request })
    }

    fn of(app: &Arc<App>, request: Observed) -> Self {
        let all = app.observers.iter().map(|observer| observer.begin(&request)).collect();
        Self(Some(Box::new(Inner { app: Arc::clone(app), request, all })))
    }

    /// Observes a decision on the request.
    pub(super) fn decided(&mut self, decided: &Decided<'_>) {
        if let Some(inner) = &mut self.0 {
            let Inner { request, all, .. } = &mut **inner;
            all.iter_mut().for_each(|observation| observation.decided(request, decided));
        }
    }

    /// Observes the end of the request. `arguments` are those that hooks have put in place of the sent ones.
    pub(super) fn end(
        mut self,
        output: &Result<HandlerOutput, ProtocolError>,
        is_denied: bool,
        arguments: Option<&str>,
    ) {
        if let Some(inner) = self.0.take() {
            let outcome = match output {
                _ if is_denied => Outcome::Denied,
                _ if inner.request.context.exchange().channel.is_timed_out() => Outcome::TimedOut,
                output => outcome(output),
            };
            inner.end(&outcome, arguments);
        }
    }
}

impl Inner {
    fn end(self, outcome: &Outcome, arguments: Option<&str>) {
        let Self { request, all, .. } = self;
        all.into_iter().for_each(|observation| observation.end(&request, outcome, arguments));
    }
}

impl Drop for Observations {
    fn drop(&mut self) {
        let Some(inner) = self.0.take() else { return };
        let questions = inner.request.context.exchange().question_slot().get();
        let outcome = if questions.is_some_and(|questions| Questions::has_ended(&**questions)) {
            Outcome::InputRequired
        } else if inner.app.closing.is_cancelled() {
            Outcome::Interrupted
        } else {
            Outcome::Cancelled
        };
        inner.end(&outcome, None);
    }
}

/// Observes a request that is refused because its caller lacks scopes.
#[cold]
pub(super) fn refused(app: &Arc<App>, context: &Context, requested: Option<&str>, reason: &str) {
    let request = observed(context, None, requested, None);
    app.observers.iter().for_each(|observer| observer.refused(&request, reason));
}

fn observed(
    context: &Context,
    component: Option<ObservedComponent>,
    requested: Option<&str>,
    arguments: Option<Span>,
) -> Observed {
    Observed {
        context: context.clone(),
        component,
        requested: requested.map(Into::into),
        arguments,
        is_task: false,
        time: clock::system_time(),
        started: Instant::now(),
    }
}

fn outcome(output: &Result<HandlerOutput, ProtocolError>) -> Outcome {
    match output {
        Err(error) => Outcome::Error(error.code),
        Ok(HandlerOutput::Tool(outcome)) if outcome.is_error() => Outcome::ToolError,
        Ok(HandlerOutput::Tool(_)) => Outcome::Ok,
        Ok(HandlerOutput::Members(members)) => match members.result_type.as_deref() {
            Some("input_required") => Outcome::InputRequired,
            Some("task") => Outcome::Task,
            _ if members.members.starts_with(br#""task":{"#) => Outcome::Task,
            _ => Outcome::Ok,
        },
    }
}

fn of_tool(tool: &ToolSpec) -> ObservedComponent {
    let schema = Some(tool.tool.input_schema.clone());
    ObservedComponent { kind: ComponentKind::Tool, key: tool.name().into(), schema }
}

fn component(app: &App, target: &Target) -> Option<ObservedComponent> {
    match target {
        Target::Tool(tool) => Some(of_tool(&tool.spec)),
        Target::Prompt(prompt) => {
            let key = prompt.spec.key().into();
            Some(ObservedComponent { kind: ComponentKind::Prompt, key, schema: None })
        }
        Target::Resource(resource) => {
            let registry = app.live.registry();
            let key = match registry.resources.get(&resource.uri) {
                Some(resource) => resource.key().into(),
                None => find::template(&registry, &resource.uri)?.0.key().into(),
            };
            Some(ObservedComponent { kind: ComponentKind::Resource, key, schema: None })
        }
        Target::Extension(_) | Target::Method(_) => None,
    }
}

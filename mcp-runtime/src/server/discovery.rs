//! How a server introduces itself: the result of `initialize` and of `server/discover`.

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::RequestId;
use mcp_core::protocol::{
    PromptsCapability, ResourcesCapability, ServerCapabilities, TASKS_EXTENSION, TaskRequests,
    TasksCapability, ToolsCapability,
};
use mcp_core::revision::{Facts, Opens, ResponseEnvelope, Revision, write_result};
use serde_json::{Map, Value};

use crate::component::app::App;
use crate::component::completion;
use crate::context::members::Members;
use crate::context::session::Session;

/// Capabilities of the server at this moment.
fn capabilities(app: &App, facts: &Facts, may_list_tasks: bool) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities::default();
    // Any handler may log, so the capability is always declared.
    capabilities.logging = Some(Map::<String, Value>::new());
    if app.offers_tools() {
        let mut tools = ToolsCapability::default();
        tools.list_changed = Some(true);
        capabilities.tools = Some(tools);
    }
    if app.offers_resources() {
        let mut resources = ResourcesCapability::default();
        resources.list_changed = Some(true);
        resources.subscribe = Some(true);
        capabilities.resources = Some(resources);
    }
    if app.offers_prompts() {
        let mut prompts = PromptsCapability::default();
        prompts.list_changed = Some(true);
        capabilities.prompts = Some(prompts);
    }
    if completion::is_available(&app.live.registry()) {
        capabilities.completions = Some(Map::<String, Value>::new());
    }
    capabilities.extensions = app.extensions.advertised();
    if app.live.has_tasks() {
        if facts.core_tasks() {
            capabilities.tasks = Some(tasks_capability(may_list_tasks));
        } else if facts.tasks_extension() {
            let extensions = capabilities.extensions.get_or_insert_default();
            extensions.insert(TASKS_EXTENSION.to_owned(), Map::new());
        }
    }
    capabilities
}

/// The capability of 2025-11-25.
fn tasks_capability(may_list: bool) -> TasksCapability {
    let mut requests = TaskRequests::default();
    requests.tools = Some([("call".to_owned(), Map::new())].into());
    let mut tasks = TasksCapability::default();
    tasks.list = may_list.then(Map::new);
    tasks.cancel = Some(Map::new());
    tasks.requests = Some(requests);
    tasks
}

fn write_common(app: &App, facts: &Facts, may_list_tasks: bool, result: &mut Object<'_>) {
    result.value("capabilities", &capabilities(app, facts, may_list_tasks));
    result.optional("instructions", app.instructions.as_ref());
}

/// The result of `server/discover`.
///
/// Specification: [Discovery](https://modelcontextprotocol.io/specification/2026-07-28/server/discover).
pub(crate) fn discover(app: &App, facts: &Facts) -> Members {
    let versions: Vec<_> =
        Revision::opening_by(Opens::EveryRequest).map(Revision::as_str).collect();
    let mut out = Vec::with_capacity(256);
    json::members(&mut out, |result| {
        result.value("supportedVersions", &versions);
        write_common(app, facts, false, result);
    });
    debug_assert!(facts.cache_hints);
    Members { members: out.into(), cache: Some(app.own_hint), ..Members::default() }
}

/// The answer to `initialize`, whole.
///
/// Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).
pub(crate) fn initialized(
    app: &App,
    session: &Session,
    id: &RequestId,
    may_list_tasks: bool,
) -> Vec<u8> {
    let facts = session.revision.facts();
    let mut out = Vec::with_capacity(512);
    let envelope = ResponseEnvelope {
        id,
        server_info: &app.info_json,
        meta: "",
        cache: None,
        result_type: None,
    };
    write_result(&mut out, facts, envelope, |out| {
        json::members(out, |result| {
            result.value("protocolVersion", session.revision.as_str());
            write_common(app, facts, may_list_tasks, result);
            result.value("serverInfo", &facts.fit_implementation(&app.info));
        });
    });
    out
}

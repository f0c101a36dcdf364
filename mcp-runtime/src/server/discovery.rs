//! How a server introduces itself: the result of `initialize` and of `server/discover`.

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::RequestId;
use mcp_core::protocol::{
    PromptsCapability, ResourcesCapability, ServerCapabilities, ToolsCapability,
};
use mcp_core::revision::{Facts, Opens, ResponseEnvelope, Revision, write_result};
use serde_json::{Map, Value};

use crate::component::app::App;
use crate::component::completion;
use crate::context::members::Members;
use crate::context::session::Session;

/// Capabilities of the server at this moment.
fn capabilities(app: &App) -> ServerCapabilities {
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
    capabilities
}

fn write_common(app: &App, result: &mut Object<'_>) {
    result.value("capabilities", &capabilities(app));
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
        write_common(app, result);
    });
    debug_assert!(facts.cache_hints);
    Members { members: out.into(), cache: Some(app.own_hint), ..Members::default() }
}

/// The answer to `initialize`, whole.
///
/// Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).
pub(crate) fn initialized(app: &App, session: &Session, id: &RequestId) -> Vec<u8> {
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
            write_common(app, result);
            result.value("serverInfo", &facts.fit_implementation(&app.info));
        });
    });
    out
}

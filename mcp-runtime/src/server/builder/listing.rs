//! Tools of a server that is not built yet.

use std::collections::HashSet;
use std::sync::Arc;

use mcp_core::protocol::Tool;
use mcp_core::revision::{Opens, Revision};
use serde_json::json;

use super::Server;
use crate::ask::settings::AskSettingsBuilder;
use crate::component::tool::builder::ListedTool;
use crate::component::tool::spec::mounted_name;
use crate::component::visibility::{ComponentRef, Filter};
use crate::component::visible::agrees;
use crate::context::exchange::Origin;
use crate::context::handle::Context;
use crate::context::host::{AskSettings, Host};
use crate::context::state::StateMap;
use crate::error::BuildError;
use crate::server::direct;
use crate::store::Store;

impl Server {
    /// Lists the tools that a client of the newest revision in the same process would see, in their
    /// order.
    ///
    /// # Errors
    /// The errors of all tools.
    pub(crate) fn list_tools(&self) -> Result<Vec<Tool>, BuildError> {
        let mut errors = Vec::new();
        let mut found = collect(self, &[], &mut errors);
        let mut names: HashSet<String> = HashSet::new();
        for found in &found {
            let name = &found.listed.tool.name;
            if !names.insert(name.clone()) {
                errors.push(format!("two tools are named `{name}`; give one another `name`"));
            }
        }
        let added = self.live.registry();
        for tool in added.tools.items() {
            if !names.insert(tool.name().to_owned()) {
                errors.push(format!("two tools are named `{}`", tool.name()));
            }
        }
        if !errors.is_empty() {
            return Err(BuildError::new(errors));
        }
        let filters: Vec<&Filter> = self.filters.iter().collect();
        let behind = |listed| Found { listed, filters: filters.clone() };
        #[cfg(feature = "client")]
        for upstream in &self.upstreams {
            // What another server has too is left out.
            let tools = upstream.list_tools().into_iter();
            found.extend(tools.filter(|it| names.insert(it.tool.name.clone())).map(behind));
        }
        let added = added.tools.items().iter();
        found.extend(added.map(|spec| {
            behind(ListedTool { tool: spec.tool.clone(), wraps_result: spec.wraps_result })
        }));
        let caller = found.iter().any(|found| !found.filters.is_empty()).then(|| self.caller());
        found.retain(|found| found.is_visible(caller.as_ref()));
        let facts = Revision::newest_opening_by(Opens::EveryRequest).facts();
        let tools = found
            .iter()
            .map(|Found { listed, .. }| facts.fit_tool(&listed.tool, listed.wraps_result));
        Ok(tools.collect())
    }

    /// Context of a request of an anonymous client.
    fn caller(&self) -> Option<Context> {
        let host = UnbuiltServer {
            name: self.info.name.clone(),
            state: self.state.clone(),
            // No question is asked.
            asking: AskSettingsBuilder::default().finish(&Store::default(), &mut Vec::new()),
        };
        let (origin, nothing) = (Origin::default(), json!({}));
        let exchange = direct::stateless(origin, &nothing, "tools/list", &nothing).ok()?;
        Some(Context::new(Arc::new(host), exchange, None))
    }
}

/// A tool, and the visibility filters of its server and those around it, the outermost first.
struct Found<'s> {
    listed: ListedTool,
    filters: Vec<&'s Filter>,
}

impl Found<'_> {
    fn is_visible(&self, caller: Option<&Option<Context>>) -> bool {
        let component = ComponentRef::Tool(&self.listed.tool);
        let shows = |filter: &&Filter| {
            caller.and_then(Option::as_ref).is_some_and(|caller| agrees(filter, &component, caller))
        };
        self.filters.iter().all(shows)
    }
}

/// Tools of a server and of those that are mounted on it.
fn collect<'s>(
    server: &'s Server,
    around: &[&'s Filter],
    errors: &mut Vec<String>,
) -> Vec<Found<'s>> {
    let filters: Vec<_> = around.iter().copied().chain(&server.filters).collect();
    let own = server.components.list_tools(errors).into_iter();
    let mut found: Vec<_> = own.map(|listed| Found { listed, filters: filters.clone() }).collect();
    for part in &server.parts {
        let mut tools = collect(&part.server, &filters, errors);
        for tool in tools.iter_mut().map(|found| &mut found.listed.tool) {
            let Some(prefix) = &part.prefix else { break };
            match mounted_name(prefix, &tool.name) {
                Ok(name) => tool.name = name,
                Err(fault) => errors.push(format!(
                    "tool `{}` cannot be mounted under `{prefix}`: {fault}",
                    tool.name
                )),
            }
        }
        found.extend(tools);
    }
    found
}

/// Parts of a server that visibility filters may ask for before it is built.
struct UnbuiltServer {
    name: String,
    state: StateMap,
    asking: AskSettings,
}

impl Host for UnbuiltServer {
    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> &StateMap {
        &self.state
    }

    fn asking(&self) -> &AskSettings {
        &self.asking
    }
}

//! The tools of a run: their definitions, and the way from a call to its server.

use std::collections::HashMap;

use mcp_core::protocol::ToolAnnotations;
use serde_json::value::RawValue;

use super::connected::{Connected, Unavailable};
use super::naming;
use super::source::ToolSource;
use crate::agent::run::Concurrent;
use crate::client::Client;
use crate::providers::{Definitions, ModelCall, Provider, ToolId, ToolSet};

/// The tools of a run.
pub(in crate::agent) struct Toolbox {
    servers: Vec<Connected>,
    places: HashMap<ToolId, Place>,
    set: ToolSet,
    definitions: Definitions,
    provider: Provider,
    strict: bool,
    verbatim: Vec<Box<RawValue>>,
}

/// Place of a tool.
struct Place {
    server: usize,
    annotations: Option<ToolAnnotations>,
}

/// Tool of a call, with what leads to its server.
pub(in crate::agent) struct ToolTarget {
    pub(in crate::agent) client: Client,
    pub(in crate::agent) tool: ToolId,
    pub(in crate::agent) arguments: Box<RawValue>,
    pub(in crate::agent) annotations: Option<ToolAnnotations>,
    pub(in crate::agent) is_trusted: bool,
}

impl Toolbox {
    /// Connects to the servers and lists their tools.
    pub(in crate::agent) async fn open(
        sources: &[ToolSource],
        provider: Provider,
        strict: bool,
        verbatim: &[Box<RawValue>],
    ) -> Result<Self, Unavailable> {
        let mut opening = Concurrent::new();
        for (index, source) in sources.iter().enumerate() {
            opening.push(Box::pin(async move { (index, Connected::open(source).await) }));
        }
        let mut servers = Vec::new();
        while let Some((index, server)) = opening.next().await {
            servers.push((index, server?));
        }
        servers.sort_by_key(|(index, _)| *index);
        let servers = servers.into_iter().map(|(_, server)| server).collect();
        let set = ToolSet::default();
        let mut toolbox = Self {
            servers,
            places: HashMap::new(),
            definitions: set.definitions(provider),
            set,
            provider,
            strict,
            verbatim: verbatim.to_vec(),
        };
        toolbox.define();
        Ok(toolbox)
    }

    /// Lists the tools again that have changed. Returns `true` if there were any.
    pub(in crate::agent) async fn refresh(&mut self) -> bool {
        let mut has_changed = false;
        for server in &mut self.servers {
            has_changed |= server.refresh().await;
        }
        if has_changed {
            self.define();
        }
        has_changed
    }

    fn define(&mut self) {
        let wanted: Vec<_> = self.servers.iter().map(|server| server.wanted.clone()).collect();
        let names = naming::unique(&wanted);
        let mut set = ToolSet::default().strict(self.strict);
        self.places.clear();
        for (index, (server, name)) in self.servers.iter().zip(names).enumerate() {
            for tool in &server.tools {
                let id = ToolId { server: name.clone(), tool: tool.name.clone() };
                let place = Place { server: index, annotations: tool.annotations.clone() };
                self.places.entry(id).or_insert(place);
            }
            let tools = server.tools.iter().cloned();
            set = match name {
                Some(name) => set.server(name, tools),
                None => set.tools(tools),
            };
        }
        for definition in &self.verbatim {
            set = set.verbatim(definition.clone());
        }
        self.definitions = set.definitions(self.provider);
        self.set = set;
    }

    /// Returns the definitions for the next turn.
    pub(in crate::agent) fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Finds the tool of a call, which a model of a provider has written.
    ///
    /// # Errors
    /// A text for the model.
    pub(in crate::agent) fn resolve(
        &self,
        call: &ModelCall,
        provider: Provider,
    ) -> Result<ToolTarget, String> {
        let resolved = match provider == self.provider {
            true => self.definitions.resolve(call),
            // The transcript is of another model, whose names differ.
            false => self.set.definitions(provider).resolve(call),
        }?;
        let place = self.places.get(&resolved.tool);
        let (place, server) = place
            .and_then(|place| Some((place, self.servers.get(place.server)?)))
            .ok_or_else(|| format!("there is no tool `{}`", call.name))?;
        Ok(ToolTarget {
            client: server.client.clone(),
            tool: resolved.tool,
            arguments: resolved.arguments,
            annotations: place.annotations.clone(),
            is_trusted: server.is_trusted,
        })
    }
}

//! The tools of a run: their definitions, and the way from a call to its server.

use std::borrow::Cow;
use std::collections::HashMap;

use mcp_core::protocol::ToolAnnotations;
use serde_json::value::RawValue;

use super::connected::{Connected, Unavailable};
use super::naming;
use super::server_tools::ServerTools;
use crate::agent::run::Concurrent;
use crate::agent::search::{SearchResult, SearchTool};
use crate::client::Client;
use crate::providers::{Definitions, ModelCall, Provider, ToolChoice, ToolId, ToolSet};

/// Settings of the definitions of tools.
#[derive(Clone, Debug)]
pub(in crate::agent) struct OfferSettings {
    pub(in crate::agent) strict: bool,
    /// Definitions that are sent as they are.
    pub(in crate::agent) verbatim: Vec<Box<RawValue>>,
    /// Number of tools above which they are searched for.
    pub(in crate::agent) search_above: usize,
}

impl Default for OfferSettings {
    fn default() -> Self {
        Self { strict: false, verbatim: Vec::new(), search_above: 64 }
    }
}

/// The tools of a run.
pub(in crate::agent) struct Toolbox {
    servers: Vec<Connected>,
    places: HashMap<ToolId, Place>,
    /// All tools, with that for searching if there is one.
    set: ToolSet,
    definitions: Definitions,
    /// Definitions for other providers, whose calls a transcript may contain.
    foreign: Vec<Definitions>,
    search: Option<SearchTool>,
    provider: Provider,
    settings: OfferSettings,
}

/// Place of a tool.
struct Place {
    server: usize,
    annotations: Option<ToolAnnotations>,
}

/// Meaning of a call.
pub(in crate::agent) enum Resolved {
    /// Call of a tool of a server.
    Tool(Box<ToolTarget>),
    /// Search for tools.
    Search(SearchResult),
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
        sources: &[ServerTools],
        provider: Provider,
        settings: &OfferSettings,
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
        let mut toolbox = Self::empty(provider, settings);
        toolbox.servers = servers.into_iter().map(|(_, server)| server).collect();
        toolbox.define();
        Ok(toolbox)
    }

    /// Creates the tools of no server.
    pub(in crate::agent) fn empty(provider: Provider, settings: &OfferSettings) -> Self {
        let set = ToolSet::default();
        Self {
            servers: Vec::new(),
            places: HashMap::new(),
            definitions: set.definitions(provider),
            foreign: Vec::new(),
            set,
            search: None,
            provider,
            settings: settings.clone(),
        }
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
        let mut set = ToolSet::default().strict(self.settings.strict);
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
        self.search = (set.len() > self.settings.search_above).then(|| SearchTool::new(&set));
        if let Some(search) = &self.search {
            set = set.tools([search.definition().clone()]);
        }
        for definition in &self.settings.verbatim {
            set = set.verbatim(definition.clone());
        }
        self.definitions = set.definitions(self.provider);
        self.foreign.clear();
        self.set = set;
    }

    /// Returns the definitions for the next turn. If tools are searched for, these are the ones that were
    /// found and those of the choice.
    pub(in crate::agent) fn definitions(
        &self,
        found: &[ToolId],
        choice: &ToolChoice,
    ) -> Cow<'_, Definitions> {
        let Some(search) = &self.search else { return Cow::Borrowed(&self.definitions) };
        let chosen = match choice {
            ToolChoice::Tool(tool) => std::slice::from_ref(tool),
            ToolChoice::Subset { tools, .. } => tools,
            _ => &[],
        };
        let is_offered =
            |tool: &ToolId| tool == search.id() || found.contains(tool) || chosen.contains(tool);
        Cow::Owned(self.definitions.only(is_offered))
    }

    /// Finds the tool of a call, which a model of a provider has written.
    ///
    /// # Errors
    /// A text for the model.
    pub(in crate::agent) fn resolve(
        &mut self,
        call: &ModelCall,
        provider: Provider,
    ) -> Result<Resolved, String> {
        let resolved = match provider == self.provider {
            true => self.definitions.resolve(call),
            false => self.foreign(provider).resolve(call),
        }?;
        if let Some(search) = self.search.as_ref().filter(|search| *search.id() == resolved.tool) {
            let result = search.call(&resolved.arguments, self.definitions.names());
            return Ok(Resolved::Search(result));
        }
        let place = self.places.get(&resolved.tool);
        let (place, server) = place
            .and_then(|place| Some((place, self.servers.get(place.server)?)))
            .ok_or_else(|| format!("there is no tool `{}`", call.name))?;
        Ok(Resolved::Tool(Box::new(ToolTarget {
            client: server.client.clone(),
            tool: resolved.tool,
            arguments: resolved.arguments,
            annotations: place.annotations.clone(),
            is_trusted: server.is_trusted,
        })))
    }

    /// Returns the definitions for another provider: the transcript may be of another model, whose
    /// names of tools differ.
    fn foreign(&mut self, provider: Provider) -> &Definitions {
        let known = self.foreign.iter().position(|known| known.provider() == provider);
        let position = known.unwrap_or_else(|| {
            self.foreign.push(self.set.definitions(provider));
            self.foreign.len() - 1
        });
        &self.foreign[position]
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::Tool;
    use mcp_core::schema::Schema;
    use serde_json::value::RawValue;

    use super::{OfferSettings, Toolbox};
    use crate::providers::{Arguments, ModelCall, Provider, ToolSet};

    /// To make the definitions of 1,000 tools for each of 10,000 calls takes many minutes.
    #[test]
    fn definitions_for_other_providers_are_made_once() {
        let schema = r#"{ "type": "object", "properties": { "city": { "type": "string" } } }"#;
        let schema = Schema::parse(schema).unwrap();
        let tools = (0..1_000).map(|number| Tool::new(format!("tool.{number}"), schema.clone()));
        let mut toolbox = Toolbox::empty(Provider::Anthropic, &OfferSettings::default());
        toolbox.set = ToolSet::new(tools);
        let call = ModelCall {
            id: None,
            name: "tool_999".to_owned(),
            arguments: Arguments::Object(RawValue::NULL.to_owned()),
        };
        for number in 0..10_000 {
            let provider = [Provider::OpenAiChat, Provider::OpenAiResponses][number % 2];
            // The name is that of a tool, whose server is not there.
            let refusal = toolbox.resolve(&call, provider).err().unwrap();
            assert_eq!(refusal, "there is no tool `tool_999`");
        }
        assert_eq!(toolbox.foreign.len(), 2);
    }
}

//! Tools offered to a model.

use std::collections::HashSet;

use mcp_core::protocol::Tool;
use serde_json::value::RawValue;

use super::definitions::Definitions;
use super::names::ToolId;
use super::provider::Provider;
use super::source::ToolSource;

/// Tools offered to a model: of annotated functions, or of any MCP servers.
///
/// # Example
/// ```
/// use mcp_runtime::protocol::Tool;
/// use mcp_runtime::providers::{Provider, ToolSet};
/// use mcp_runtime::schema::Schema;
///
/// let schema = r#"{ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] }"#;
/// let weather = Tool::new("get_weather", Schema::parse(schema)?).description("Get the weather of a city.");
///
/// let tools = ToolSet::new([weather]).strict(true);
/// let definitions = tools.definitions(Provider::OpenAiResponses);
/// assert_eq!(
///     definitions.tools().get(),
///     concat!(
///         r#"[{"type":"function","name":"get_weather","description":"Get the weather of a city.","#,
///         r#""parameters":{"type":"object","properties":{"city":{"type":"string"}},"#,
///         r#""required":["city"],"additionalProperties":false},"strict":true}]"#,
///     )
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ToolSet {
    pub(super) tools: Vec<(ToolId, Tool)>,
    known: HashSet<ToolId>,
    pub(super) verbatim: Vec<Box<RawValue>>,
    pub(super) strict: bool,
}

impl ToolSet {
    /// Creates a set from the tools of one server.
    pub fn new(tools: impl IntoIterator<Item = Tool>) -> Self {
        let mut set = Self::default();
        set.extend(None, tools);
        set
    }

    /// Creates a set from the tools of a server, at once, or from those that a client's server lists,
    /// in a future.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::providers::ToolSet;
    ///
    /// /// Get the weather of a city.
    /// #[tool(read_only)]
    /// async fn get_weather(city: String) -> String {
    ///     format!("Sunny in {city}")
    /// }
    ///
    /// let server = Server::new("weather", "1.0.0").with::<get_weather>();
    /// assert_eq!(ToolSet::of(&server)?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// For a client, write `ToolSet::of(&client).await?`.
    ///
    /// The tools of a server are those that an anonymous client in the same process would list. For
    /// other callers, connect a client in memory.
    ///
    /// # Errors
    /// [`BuildError`](crate::BuildError) if a tool of a server is not valid, and the error of a client
    /// if the list cannot be read.
    pub fn of<S: ToolSource>(source: S) -> S::Tools {
        source.tools()
    }

    /// Adds tools whose names stay as they are.
    #[must_use]
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.extend(None, tools);
        self
    }

    /// Adds the tools of a server. Their names begin with that of the server.
    #[must_use]
    pub fn server(
        mut self,
        name: impl Into<String>,
        tools: impl IntoIterator<Item = Tool>,
    ) -> Self {
        self.extend(Some(name.into()), tools);
        self
    }

    fn extend(&mut self, server: Option<String>, tools: impl IntoIterator<Item = Tool>) {
        for tool in tools {
            let id = ToolId { server: server.clone(), tool: tool.name.clone() };
            // Of tools with the same name, the first is the one that calls reach.
            if self.known.insert(id.clone()) {
                self.tools.push((id, tool));
            }
        }
    }

    /// Sets whether schemas are strict where they can be. Off by default.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Adds a definition of the provider that is sent as it is: a tool that the provider runs, or
    /// its search for tools.
    #[must_use]
    pub fn verbatim(mut self, definition: Box<RawValue>) -> Self {
        self.verbatim.push(definition);
        self
    }

    /// Returns the tools in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&ToolId, &Tool)> {
        self.tools.iter().map(|(id, tool)| (id, tool))
    }

    /// Returns the number of tools, without verbatim definitions.
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// `true` if there are no tools.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// Writes the definitions for a provider.
    pub fn definitions(&self, provider: Provider) -> Definitions {
        Definitions::new(self, provider)
    }
}

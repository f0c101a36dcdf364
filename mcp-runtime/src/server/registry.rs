//! The components a server offers at one moment.
//!
//! A registry never changes: adding or removing a component makes the next one. So a request sees
//! one registry from beginning to end, and what is rendered from it is rendered once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mcp_core::name::nearest;
use mcp_core::revision::Revision;

use super::component::ToolSpec;
use super::page;

/// The tools of a server.
#[derive(Default)]
pub(crate) struct Registry {
    tools: Vec<Arc<ToolSpec>>,
    by_name: HashMap<Box<str>, Arc<ToolSpec>>,
    /// The first page of the list of tools, per revision.
    first_pages: [OnceLock<Bytes>; Revision::ALL.len()],
}

impl Registry {
    /// A registry of these tools in this order. Of two tools of one name the first is called; the
    /// callers see to it that there are no two.
    pub(crate) fn new(tools: Vec<Arc<ToolSpec>>) -> Self {
        let mut by_name = HashMap::with_capacity(tools.len());
        for tool in &tools {
            by_name.entry(tool.name().into()).or_insert_with(|| Arc::clone(tool));
        }
        Self { tools, by_name, first_pages: Default::default() }
    }

    pub(crate) fn tools(&self) -> &[Arc<ToolSpec>] {
        &self.tools
    }

    /// The tool of a name.
    pub(crate) fn tool(&self, name: &str) -> Option<&Arc<ToolSpec>> {
        self.by_name.get(name)
    }

    /// The name of a tool that was perhaps meant.
    pub(crate) fn nearest_tool(&self, name: &str) -> Option<&str> {
        nearest(name, self.tools.iter().map(|tool| tool.name()))
    }

    /// The page of the list of tools that begins at `start`, as members of a result.
    pub(crate) fn tools_page(&self, start: usize, size: usize, revision: Revision) -> Bytes {
        let render = || page::tools(&self.tools, start, size, revision.facts());
        if start == 0 {
            self.first_pages[revision.index()].get_or_init(render).clone()
        } else {
            render()
        }
    }
}

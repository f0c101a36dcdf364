//! Names of tools, in the characters and the length that a provider allows.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::provider::Provider;

/// Tool of a server: the name of the server, if there are several, and the name of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ToolId {
    /// Name of the server.
    pub server: Option<String>,
    /// Name of the tool.
    pub tool: String,
}

/// Bijection between tools and their names at a provider.
///
/// A tool is called `server__tool`, or `tool` where no server is named. Characters that the provider
/// does not allow become `_`. Names that are too long, or would be those of two tools, end in a hash.
/// The names do not depend on the order of the tools.
///
/// # Example
/// ```
/// use mcp_runtime::providers::{NameMap, Provider, ToolId};
///
/// let tool = ToolId::of_server("files", "read.text");
/// let names = NameMap::new(Provider::OpenAiChat, [tool.clone()]);
/// assert_eq!(names.name(&tool), Some("files__read_text"));
/// assert_eq!(names.tool("files__read_text"), Some(&tool));
/// ```
#[derive(Clone, Debug, Default)]
pub struct NameMap {
    names: HashMap<ToolId, String>,
    tools: HashMap<String, ToolId>,
}

/// Length of the hash at the end of a name.
const HASH_LENGTH: usize = 8;

impl ToolId {
    /// Creates the identity of a tool whose server has no name.
    pub fn new(tool: impl Into<String>) -> Self {
        Self { server: None, tool: tool.into() }
    }

    /// Creates the identity of a tool of a server.
    pub fn of_server(server: impl Into<String>, tool: impl Into<String>) -> Self {
        Self { server: Some(server.into()), tool: tool.into() }
    }

    fn joined(&self) -> String {
        match &self.server {
            Some(server) => format!("{server}__{}", self.tool),
            None => self.tool.clone(),
        }
    }

    /// Hash in hexadecimal digits. The counter is for hashes that are taken.
    fn hash(&self, counter: u32) -> String {
        let mut hasher = Sha256::new();
        if let Some(server) = &self.server {
            hasher.update(server);
        }
        hasher.update([u8::from(self.server.is_some())]);
        hasher.update(&self.tool);
        if counter > 0 {
            hasher.update(counter.to_be_bytes());
        }
        let digits = hasher.finalize();
        let digits = digits.iter().take(HASH_LENGTH / 2).map(|byte| format!("{byte:02x}"));
        digits.collect()
    }
}

impl NameMap {
    /// Names tools for a provider.
    pub fn new(provider: Provider, tools: impl IntoIterator<Item = ToolId>) -> Self {
        let tools: HashSet<ToolId> = tools.into_iter().collect();
        let mut wanted: HashMap<String, Vec<ToolId>> = HashMap::new();
        for tool in tools {
            wanted.entry(allowed(provider, &tool.joined())).or_default().push(tool);
        }
        let mut map = Self::default();
        let mut hashed = Vec::new();
        for (name, mut tools) in wanted {
            // Of several tools, one has the name unless it was changed for another.
            let exact: Vec<_> =
                tools.iter().filter(|tool| tool.joined() == name).cloned().collect();
            let fits = name.len() <= provider.max_name_length();
            let holder = match (&tools[..], &exact[..]) {
                ([only], _) if fits => Some(only.clone()),
                (_, [only]) if fits => Some(only.clone()),
                _ => None,
            };
            if let Some(holder) = holder {
                tools.retain(|tool| *tool != holder);
                map.insert(holder, name.clone());
            }
            hashed.extend(tools.into_iter().map(|tool| (tool, name.clone())));
        }
        hashed.sort();
        for (tool, name) in hashed {
            let end = provider.max_name_length() - HASH_LENGTH - 1;
            let name = &name[..name.len().min(end)];
            let names = (0..).map(|counter| format!("{name}_{}", tool.hash(counter)));
            let free = names.into_iter().find(|name| !map.tools.contains_key(name));
            map.insert(tool, free.unwrap_or_default());
        }
        map
    }

    fn insert(&mut self, tool: ToolId, name: String) {
        self.names.insert(tool.clone(), name.clone());
        self.tools.insert(name, tool);
    }

    /// Returns the name of a tool at the provider.
    pub fn name(&self, tool: &ToolId) -> Option<&str> {
        self.names.get(tool).map(String::as_str)
    }

    /// Returns the tool with a name at the provider.
    pub fn tool(&self, name: &str) -> Option<&ToolId> {
        self.tools.get(name)
    }
}

/// Replaces the characters that are not allowed. The result is ASCII.
fn allowed(provider: Provider, name: &str) -> String {
    let allow = |character| if provider.allows(character) { character } else { '_' };
    let name: String = name.chars().map(allow).collect();
    match name.chars().next() {
        None => "tool".to_owned(),
        Some(first) if provider.allows_first(first) => name,
        Some(_) => format!("_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::{NameMap, Provider, ToolId};

    fn names(provider: Provider, tools: &[ToolId]) -> Vec<String> {
        let map = NameMap::new(provider, tools.iter().cloned());
        tools.iter().map(|tool| map.name(tool).unwrap().to_owned()).collect()
    }

    #[test]
    fn plain_names_stay() {
        let tools = [ToolId::new("add"), ToolId::of_server("files", "read-text")];
        for provider in Provider::ALL {
            assert_eq!(names(provider, &tools), ["add", "files__read-text"]);
        }
    }

    #[test]
    fn characters_are_replaced_where_they_are_not_allowed() {
        let tools = [ToolId::new("admin.tools:list"), ToolId::new("1st"), ToolId::new("größe")];
        assert_eq!(names(Provider::Anthropic, &tools), ["admin_tools_list", "1st", "gr__e"]);
        assert_eq!(names(Provider::Gemini, &tools), ["admin.tools:list", "_1st", "gr__e"]);
    }

    #[test]
    fn colliding_names_end_in_a_hash_whatever_their_order() {
        let tools = [ToolId::new("a.b"), ToolId::new("a_b"), ToolId::new("a b")];
        let forward = names(Provider::OpenAiChat, &tools);
        assert_eq!(forward[1], "a_b");
        assert!(forward[0].starts_with("a_b_") && forward[2].starts_with("a_b_"), "{forward:?}");
        let [one, two, three] = tools;
        let mut backward = names(Provider::OpenAiChat, &[three, two, one]);
        backward.reverse();
        assert_eq!(forward, backward);
        let ambiguous = [ToolId::of_server("a", "b__c"), ToolId::of_server("a__b", "c")];
        let ambiguous = names(Provider::OpenAiChat, &ambiguous);
        assert_ne!(ambiguous[0], ambiguous[1]);
    }

    #[test]
    fn long_names_are_cut() {
        let tools =
            [ToolId::new("x".repeat(65)), ToolId::new("x".repeat(66)), ToolId::new("x".repeat(64))];
        let short = names(Provider::OpenAiResponses, &tools);
        assert!(short.iter().all(|name| name.len() == 64), "{short:?}");
        assert_eq!(short[2], tools[2].tool);
        assert_eq!(names(Provider::Anthropic, &tools)[0], tools[0].tool);
    }

    /// 100,000 tools, whose names all become the same: to compare each with all others takes minutes.
    #[test]
    fn thousands_of_tools_with_the_same_name_are_named() {
        let name = |number: u32| format!("{number:017b}").replace('0', ".").replace('1', " ");
        let tools: Vec<_> = (0..100_000).map(|number| ToolId::new(name(number))).collect();
        let map = NameMap::new(Provider::OpenAiChat, tools.iter().cloned().chain(tools.clone()));
        let names: HashSet<_> = tools.iter().filter_map(|tool| map.name(tool)).collect();
        assert_eq!(names.len(), tools.len());
    }

    proptest! {
        #[test]
        fn names_are_allowed_and_reversible(
            tools in proptest::collection::hash_set(
                (proptest::option::of("[ab_.]{0,3}"), "([ab_.:é ]{0,4}|a{60,140})"), 0..20,
            ),
        ) {
            let tools: Vec<_> =
                tools.into_iter().map(|(server, tool)| ToolId { server, tool }).collect();
            for provider in Provider::ALL {
                let map = NameMap::new(provider, tools.clone());
                let mut seen = HashSet::new();
                for tool in &tools {
                    let name = map.name(tool).unwrap();
                    prop_assert!(seen.insert(name.to_owned()), "{name} is used twice");
                    prop_assert_eq!(map.tool(name), Some(tool));
                    prop_assert!((1..=provider.max_name_length()).contains(&name.len()));
                    prop_assert!(name.chars().all(|character| provider.allows(character)));
                    prop_assert!(name.chars().next().is_some_and(|first| provider.allows_first(first)));
                }
            }
        }
    }
}

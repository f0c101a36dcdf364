//! Components of a server, and the differences in its next build.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mcp_runtime::client::{Client, Error};
use serde::Serialize;

use crate::output::one_line;

/// Components of a server: their definitions as JSON, by name, by list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Surface {
    tools: Components,
    resources: Components,
    templates: Components,
    prompts: Components,
}

type Components = BTreeMap<String, String>;

/// Lists of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) tools: bool,
    pub(super) resources: bool,
    pub(super) prompts: bool,
}

impl Lists {
    /// The names of the lists, with their member of a subscription.
    pub(super) fn iter(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = [
            (self.tools, ("tools", "toolsListChanged")),
            (self.resources, ("resources", "resourcesListChanged")),
            (self.prompts, ("prompts", "promptsListChanged")),
        ];
        all.into_iter().filter_map(|(is_changed, names)| is_changed.then_some(names))
    }
}

impl Surface {
    pub(super) async fn of(client: &Client) -> Result<Self, Error> {
        let server = client.server_info();
        let capabilities = &server.capabilities;
        let mut surface = Self::default();
        if capabilities.tools.is_some() {
            surface.tools = components(client.tools().all().await?, |it| &it.name);
        }
        if capabilities.resources.is_some() {
            surface.resources = components(client.resources().all().await?, |it| &it.uri);
            surface.templates = components(client.templates().all().await?, |it| &it.uri_template);
        }
        if capabilities.prompts.is_some() {
            surface.prompts = components(client.prompts().all().await?, |it| &it.name);
        }
        Ok(surface)
    }

    /// The lists that differ.
    pub(super) fn changed_lists(&self, next: &Self) -> Lists {
        let resources = self.resources != next.resources || self.templates != next.templates;
        let (tools, prompts) = (self.tools != next.tools, self.prompts != next.prompts);
        Lists { tools, resources, prompts }
    }

    /// The components that differ, in words: `1 tool added (alert), 1 prompt removed (brief)`.
    pub(super) fn describe_changes(&self, next: &Self) -> String {
        let lists = [
            ("tool", &self.tools, &next.tools),
            ("resource", &self.resources, &next.resources),
            ("template", &self.templates, &next.templates),
            ("prompt", &self.prompts, &next.prompts),
        ];
        let mut text = String::new();
        for (noun, before, after) in lists {
            let added: Vec<_> = after.keys().filter(|it| !before.contains_key(*it)).collect();
            let removed: Vec<_> = before.keys().filter(|it| !after.contains_key(*it)).collect();
            let differs = |name: &&String| before.get(*name).is_some_and(|it| *it != after[*name]);
            let changed: Vec<_> = after.keys().filter(differs).collect();
            for (verb, names) in [("added", added), ("changed", changed), ("removed", removed)] {
                if names.is_empty() {
                    continue;
                }
                let (count, plural) = (names.len(), if names.len() == 1 { "" } else { "s" });
                let names: Vec<_> = names.into_iter().map(|name| one_line(name)).collect();
                let gap = if text.is_empty() { "" } else { ", " };
                // Writing to a string does not fail.
                let _ = write!(text, "{gap}{count} {noun}{plural} {verb} ({})", names.join(", "));
            }
        }
        text
    }
}

fn components<T: Serialize>(listed: Vec<T>, name: impl Fn(&T) -> &str) -> Components {
    let definition = |it: &T| serde_json::to_string(it).unwrap_or_default();
    listed.iter().map(|it| (name(it).to_owned(), definition(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(tools: &[(&str, &str)]) -> Surface {
        let tools = tools.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Surface { tools: tools.collect(), ..Surface::default() }
    }

    #[test]
    fn changes_are_counted_and_named() {
        let before = surface(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let mut after = surface(&[("b", "2"), ("c", "1"), ("d", "1"), ("e", "1")]);
        let expected = "2 tools added (d, e), 1 tool changed (b), 1 tool removed (a)";
        assert_eq!(before.describe_changes(&after), expected);
        assert_eq!(before.changed_lists(&after), Lists { tools: true, ..Lists::default() });
        after.templates.insert("x://{y}".into(), String::new());
        assert!(before.changed_lists(&after).resources);
        assert_eq!(before.describe_changes(&before), "");
        assert_eq!(before.changed_lists(&before), Lists::default());
    }
}

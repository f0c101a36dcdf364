//! Components of upstream servers that cannot be offered beside others, and are left out.

use std::collections::{HashMap, HashSet};

use crate::component::registration::CheckedComponents;
use crate::component::registry::{Listed, Registry};
use crate::shorten::{line, shorten};

/// Number of components of one list whose omission is reported one by one.
const MAX_WARNINGS: usize = 20;

/// Removes the components that cannot be offered beside those of this server: its own, those of other
/// servers, and those that a handle has added.
pub(crate) fn retain_offerable(
    found: CheckedComponents,
    present: &CheckedComponents,
    added: &Registry,
) -> CheckedComponents {
    fn retain<T: Listed>(found: Vec<T>, present: &[T], added: &Registry) -> Vec<T> {
        let added = T::list(added).items().iter().map(|item| &**item);
        offerable(found, present.iter().chain(added).collect())
    }
    let CheckedComponents { tools, resources, templates, prompts } = found;
    CheckedComponents {
        tools: retain(tools, &present.tools, added),
        resources: retain(resources, &present.resources, added),
        templates: retain(templates, &present.templates, added),
        prompts: retain(prompts, &present.prompts, added),
    }
}

/// Returns the components that can be offered beside others. Of components that exclude each other,
/// the first one is offered.
pub(crate) fn offerable<T: Listed>(mut found: Vec<T>, others: Vec<&T>) -> Vec<T> {
    let mut omissions = Omissions::new(T::NOUN);
    let comparable = |item: &T| T::comparable(item.key()).into_owned();
    let mut keys: HashSet<String> = others.iter().map(|item| comparable(item)).collect();
    found.retain(|item| {
        let is_new = keys.insert(comparable(item));
        if !is_new {
            omissions.report(item.key(), "there is one already");
        }
        is_new
    });
    let conflicts: HashMap<usize, String> = T::conflicts(&found, &others).into_iter().collect();
    let mut index = 0..;
    found.retain(|item| {
        let conflict = index.next().and_then(|index: usize| conflicts.get(&index));
        if let Some(other) = conflict {
            let reason =
                format!("`{}` matches the same URIs and neither is more specific", shorten(other));
            omissions.report(item.key(), &reason);
        }
        conflict.is_none()
    });
    found
}

/// Reports the components of one list that are left out.
pub(crate) struct Omissions {
    noun: &'static str,
    count: usize,
}

impl Omissions {
    pub(crate) fn new(noun: &'static str) -> Self {
        Self { noun, count: 0 }
    }

    pub(crate) fn report(&mut self, key: &str, reason: &str) {
        self.count += 1;
        let reason = line(reason);
        if self.count <= MAX_WARNINGS {
            tracing::warn!(
                target: "mcp_runtime::proxy",
                "the {} `{}` of another server is left out: {reason}",
                self.noun,
                shorten(key)
            );
        }
    }
}

impl Drop for Omissions {
    fn drop(&mut self) {
        if let Some(further) = self.count.checked_sub(MAX_WARNINGS).filter(|count| *count > 0) {
            tracing::warn!(
                target: "mcp_runtime::proxy",
                "{further} further {}s of another server are left out",
                self.noun
            );
        }
    }
}

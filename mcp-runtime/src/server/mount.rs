//! Servers made of servers.

use std::collections::HashMap;
use std::sync::Arc;

use super::builder::Server;
use super::component::ToolSpec;
use super::extension;
use super::registry::Listed;
use super::scope::Scope;
use super::state::StateMap;

/// A server that became a part of another.
pub(super) struct Part {
    prefix: Option<String>,
    server: Server,
}

impl Server {
    /// Adds what another server offers, under a prefix, behind what this one offers itself.
    ///
    /// A tool `add` mounted under `math` is called `math_add`, and so are prompts; a resource
    /// `file://notes` becomes `file://math/notes`. State, hooks and visibility of the mounted
    /// server stay with its components: they see its values before those of this server, and its
    /// hooks run within this server's. Its extensions, and the methods they add, become this
    /// server's as they are. Its name, instructions and settings are left aside.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// let math = Server::new("math", "1.0.0").with::<add>();
    /// let server = Server::new("office", "1.0.0").mount("math", math);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn mount(mut self, prefix: impl Into<String>, server: Self) -> Self {
        self.parts.push(Part { prefix: Some(prefix.into()), server });
        self
    }

    /// Adds what another server offers, under its own names. It is otherwise as
    /// [`Server::mount`].
    #[must_use]
    pub fn merge(mut self, server: Self) -> Self {
        self.parts.push(Part { prefix: None, server });
        self
    }
}

/// Everything that a server and its parts offer.
#[derive(Default)]
pub(super) struct Assembly {
    pub(super) tools: Vec<ToolSpec>,
    pub(super) extensions: extension::Draft,
    pub(super) faults: Vec<String>,
    /// Whether a part decides on visibility.
    pub(super) is_filtered: bool,
    /// Whether a part has hooks.
    pub(super) runs_hooks: bool,
}

impl Assembly {
    /// Adds parts that belong to a scope, which is absent for the server itself.
    pub(super) fn add_parts(&mut self, parts: Vec<Part>, outer: Option<&Arc<Scope>>) {
        for Part { prefix, server } in parts {
            let mut part = Self::default();
            part.add_server(server, outer);
            if let Some(prefix) = &prefix {
                part.rename(prefix);
            }
            self.append(part);
        }
    }

    fn add_server(&mut self, server: Server, outer: Option<&Arc<Scope>>) {
        if server.may_gain {
            self.faults.push(format!(
                "server `{}` is mounted, so its handle would change nothing; take the handle of \
                 the server that serves",
                server.info.name
            ));
        }
        self.is_filtered |= !server.filters.is_empty();
        self.runs_hooks |= !server.hooks.is_empty();
        let scope = Arc::new(Scope {
            state: server.state,
            hooks: server.hooks,
            filters: server.filters,
            outer: outer.cloned(),
        });
        let (mut tools, faults) = server.components.finish();
        self.faults.extend(faults);
        put_into(&scope, &mut tools);
        self.tools.extend(tools);
        let mut extensions = server.extensions;
        extensions.put_into(&scope);
        self.extensions.merge(extensions);
        self.add_parts(server.parts, Some(&scope));
    }

    fn append(&mut self, part: Self) {
        self.tools.extend(part.tools);
        self.extensions.merge(part.extensions);
        self.faults.extend(part.faults);
        self.is_filtered |= part.is_filtered;
        self.runs_hooks |= part.runs_hooks;
    }

    fn rename(&mut self, prefix: &str) {
        rename(prefix, &mut self.tools, &mut self.faults);
    }

    /// Notes what is wrong with the components together.
    pub(super) fn check(&mut self, state: &StateMap) {
        check(&self.tools, state, &mut self.faults);
    }
}

/// The URI, or template of URIs, that one has under a prefix: it comes before everything behind
/// the `://`.
///
/// # Errors
/// What is missing from the URI.
pub(super) fn mounted_uri(prefix: &str, uri: &str) -> Result<String, String> {
    let (scheme, rest) = uri.split_once("://").ok_or("it has no `://` to put the prefix behind")?;
    if scheme.is_empty() || scheme.contains('{') {
        return Err("its scheme is a variable".into());
    }
    Ok(format!("{scheme}://{prefix}/{rest}"))
}

fn put_into<T: Listed>(scope: &Arc<Scope>, items: &mut [T]) {
    for item in items {
        *item.scope_mut() = Some(Arc::clone(scope));
    }
}

fn rename<T: Listed>(prefix: &str, items: &mut [T], faults: &mut Vec<String>) {
    for item in items {
        if let Err(fault) = item.mount_under(prefix) {
            let (noun, key) = (T::NOUN, item.key());
            faults.push(format!("{noun} `{key}` cannot be mounted under `{prefix}`: {fault}"));
        }
    }
}

fn check<T: Listed>(items: &[T], state: &StateMap, faults: &mut Vec<String>) {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for item in items {
        let (noun, key) = (T::NOUN, item.key());
        let seen = count.entry(key).or_default();
        *seen += 1;
        if *seen == 2 {
            let told_apart = T::TOLD_APART;
            faults.push(format!("two {noun}s are {told_apart} `{key}`; give one another `name`"));
        }
        let has = |id| state.contains(id) || item.scope().is_some_and(|scope| scope.contains(id));
        for missing in item.requires().iter().filter(|required| !has(required.type_id)) {
            faults.push(format!(
                "{noun} `{key}` needs `State<{}>`; call `.state(…)` with such a value",
                missing.type_name
            ));
        }
    }
}

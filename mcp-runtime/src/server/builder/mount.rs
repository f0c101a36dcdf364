//! Servers made of servers.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::component::extension;
use crate::component::inject::Requirement;
use crate::component::mount_scope::MountScope;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::context::lifespan::Lifespan;
use crate::context::state::{MountedState, StateMap};
use crate::server::builder::Server;

/// A server that became a part of another.
pub(crate) struct Part {
    pub(super) prefix: Option<String>,
    pub(super) server: Server,
}

impl Server {
    /// Adds what another server offers, under a prefix, behind what this one offers itself.
    ///
    /// A tool `add` mounted under `math` is called `math_add`, and so are prompts; a resource
    /// `file://notes` becomes `file://math/notes`. State, lifespans, hooks, visibility and access policy of the
    /// mounted server stay with its components: they see its values before those of this server, and its
    /// hooks run within this server's. Its extensions, and the methods they add, become this
    /// server's as they are. If it [masks errors](Self::mask_errors), this server does too. Its name,
    /// instructions and other settings are left aside.
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
pub(crate) struct Assembly {
    pub(crate) components: CheckedComponents,
    pub(crate) extensions: extension::ExtensionsBuilder,
    pub(crate) faults: Vec<String>,
    /// `true` if a part decides on visibility.
    pub(crate) is_filtered: bool,
    /// `true` if a part has hooks.
    pub(crate) runs_hooks: bool,
    /// `true` if a part masks errors. Then all errors are masked.
    pub(crate) masks_errors: bool,
    /// Lifespans of the server and its parts, in order.
    pub(crate) lifespans: Vec<Lifespan>,
    /// Parts that have access policies.
    pub(crate) with_policies: Vec<Arc<MountScope>>,
}

impl Assembly {
    /// Adds parts that belong to a server, which is absent for the server itself.
    pub(crate) fn add_parts(&mut self, parts: Vec<Part>, outer: Option<&Arc<MountScope>>) {
        for Part { prefix, server } in parts {
            let mut part = Self::default();
            part.add_server(server, prefix.clone(), outer);
            if let Some(prefix) = &prefix {
                part.rename(prefix);
            }
            self.append(part);
        }
    }

    fn add_server(
        &mut self,
        server: Server,
        prefix: Option<String>,
        outer: Option<&Arc<MountScope>>,
    ) {
        #[cfg(feature = "client")]
        let has_handle = server.may_gain && server.upstreams.is_empty();
        #[cfg(not(feature = "client"))]
        let has_handle = server.may_gain;
        if has_handle {
            self.faults.push(format!(
                "server `{}` is mounted, so its handle would change nothing; take the handle of \
                 the server that serves",
                server.info.name
            ));
        }
        #[cfg(feature = "client")]
        if !server.upstreams.is_empty() {
            self.faults.push(format!(
                "server `{}` is mounted and has a proxy; give the proxy to the server that serves",
                server.info.name
            ));
        }
        #[cfg(feature = "auth-server")]
        if server.requires_auth {
            self.faults.push(format!(
                "server `{}` is mounted, so its `require_auth` would protect nothing; call it on the server \
                 that serves",
                server.info.name
            ));
        }
        if !server.observers.is_empty() {
            self.faults.push(format!(
                "server `{}` is mounted, so its audit log and metrics would record nothing; give them to the \
                 server that serves",
                server.info.name
            ));
        }
        self.is_filtered |= !server.filters.is_empty();
        self.masks_errors |= server.limits.masks_errors;
        self.lifespans.extend(server.lifespans);
        self.runs_hooks |= !server.hooks.is_empty() || !server.policies.is_empty();
        let mount_scope = Arc::new(MountScope {
            state: Arc::new(MountedState {
                values: server.state,
                outer: outer.map(|outer| Arc::clone(&outer.state)),
            }),
            hooks: server.hooks,
            filters: server.filters,
            policies: server.policies,
            prefix,
            outer: outer.cloned(),
        });
        if !mount_scope.policies.is_empty() {
            self.with_policies.push(Arc::clone(&mount_scope));
        }
        let (mut components, faults) = server.components.finish();
        self.faults.extend(faults);
        put_into(&mount_scope, &mut components.tools);
        put_into(&mount_scope, &mut components.resources);
        put_into(&mount_scope, &mut components.templates);
        put_into(&mount_scope, &mut components.prompts);
        self.components.append(components);
        let mut extensions = server.extensions;
        extensions.put_into(&mount_scope);
        self.extensions.merge(extensions);
        self.add_parts(server.parts, Some(&mount_scope));
    }

    fn append(&mut self, part: Self) {
        self.components.append(part.components);
        self.extensions.merge(part.extensions);
        self.faults.extend(part.faults);
        self.is_filtered |= part.is_filtered;
        self.runs_hooks |= part.runs_hooks;
        self.masks_errors |= part.masks_errors;
        self.lifespans.extend(part.lifespans);
        self.with_policies.extend(part.with_policies);
    }

    fn rename(&mut self, prefix: &str) {
        let Self { components, faults, .. } = self;
        rename(prefix, &mut components.tools, faults);
        rename(prefix, &mut components.resources, faults);
        rename(prefix, &mut components.templates, faults);
        rename(prefix, &mut components.prompts, faults);
    }

    /// Notes what is wrong with the components together.
    pub(crate) fn check(&mut self, state: &StateMap) {
        let Self { components, faults, .. } = self;
        check(&components.tools, state, faults);
        check(&components.resources, state, faults);
        check(&components.templates, state, faults);
        check(&components.prompts, state, faults);
    }
}

fn put_into<T: Listed>(mount_scope: &Arc<MountScope>, items: &mut [T]) {
    for item in items {
        *item.mount_scope_mut() = Some(Arc::clone(mount_scope));
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
    let mut count: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for item in items {
        let (noun, key) = (T::NOUN, item.key());
        let seen = count.entry(T::comparable(key)).or_default();
        *seen += 1;
        if *seen == 2 {
            let told_apart = T::KEYED_BY;
            let mend = if told_apart == "named" { "another `name`" } else { "another URI" };
            faults.push(format!("two {noun}s are {told_apart} `{key}`; give one {mend}"));
        }
        let has = |id| {
            state.contains(id)
                || item.mount_scope().is_some_and(|mount_scope| mount_scope.contains(id))
        };
        let mut told = HashSet::new();
        let lacks =
            |required: &&Requirement| !has(required.type_id) && told.insert(required.type_id);
        for missing in item.requires().iter().filter(lacks) {
            faults.push(format!(
                "{noun} `{key}` needs `State<{}>`; call `.state(…)` with such a value",
                missing.type_name
            ));
        }
    }
}

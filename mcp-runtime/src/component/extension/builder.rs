//! Builder of extensions, and their checks.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use mcp_core::name::ExtensionId;
use mcp_core::protocol::Settings;
use serde_json::Value;

use super::method::MethodHandler;
use super::notification::NotificationHandler;
use super::{Extensions, Handler};
use crate::component::mount_scope::MountScope;
use crate::context::extension_method;

/// Extensions that are not yet checked.
#[derive(Default)]
pub(crate) struct ExtensionsBuilder {
    settings: Vec<(String, serde_json::Result<Value>)>,
    methods: Vec<(String, Handler<MethodHandler>)>,
    notifications: Vec<(String, Handler<NotificationHandler>)>,
}

impl ExtensionsBuilder {
    pub(crate) fn add_extension(&mut self, id: String, settings: serde_json::Result<Value>) {
        self.settings.push((id, settings));
    }

    pub(crate) fn add_method(&mut self, name: String, handler: MethodHandler) {
        self.methods.push((name, Handler::new(handler)));
    }

    pub(crate) fn add_notification(&mut self, name: String, handler: NotificationHandler) {
        self.notifications.push((name, Handler::new(handler)));
    }

    /// Sets the mount scope of all handlers.
    pub(crate) fn put_into(&mut self, mount_scope: &Arc<MountScope>) {
        self.methods.iter_mut().for_each(|(_, it)| it.mount_scope = Some(Arc::clone(mount_scope)));
        self.notifications
            .iter_mut()
            .for_each(|(_, it)| it.mount_scope = Some(Arc::clone(mount_scope)));
    }

    /// Adds those of another server.
    pub(crate) fn merge(&mut self, other: Self) {
        self.settings.extend(other.settings);
        self.methods.extend(other.methods);
        self.notifications.extend(other.notifications);
    }

    /// Checks everything.
    pub(crate) fn finish(self, errors: &mut Vec<String>) -> Extensions {
        let mut settings = BTreeMap::new();
        for (id, given) in self.settings {
            match checked(&id, given) {
                Ok(given) => add(&mut settings, id, given, errors),
                Err(fault) => errors.push(format!("extension `{id}`: {fault}")),
            }
        }
        Extensions {
            settings,
            methods: by_name("method", self.methods, errors),
            notifications: by_name("notification", self.notifications, errors),
        }
    }
}

fn checked(id: &str, settings: serde_json::Result<Value>) -> Result<Settings, String> {
    ExtensionId::parse(id).map_err(|error| format!("its identifier {error}"))?;
    match settings {
        Ok(Value::Object(settings)) => Ok(settings),
        Ok(Value::Null) => Ok(Settings::new()),
        Ok(_) => Err("its settings are not an object as JSON".into()),
        Err(error) => Err(format!("its settings cannot be written as JSON: {error}")),
    }
}

/// Adds settings. Merged servers may repeat the same settings, but not contradict each other.
fn add(
    all: &mut BTreeMap<String, Settings>,
    id: String,
    settings: Settings,
    errors: &mut Vec<String>,
) {
    match all.get(&id) {
        Some(known) if *known != settings => {
            errors.push(format!("extension `{id}`: it is given twice, with different settings"));
        }
        _ => drop(all.insert(id, settings)),
    }
}

fn by_name<H>(
    noun: &str,
    handlers: Vec<(String, H)>,
    errors: &mut Vec<String>,
) -> HashMap<Box<str>, H> {
    let mut all = HashMap::new();
    for (name, handler) in handlers {
        match (extension_method::name_error(&name), all.entry(name.into_boxed_str())) {
            (Some(fault), entry) => errors.push(format!("{noun} `{}`: {fault}", entry.key())),
            (None, Entry::Occupied(entry)) => {
                errors.push(format!("two handlers are given for the {noun} `{}`", entry.key()));
            }
            (None, Entry::Vacant(entry)) => drop(entry.insert(handler)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::ProtocolError;
    use crate::context::handle::Context;
    use crate::server::builder::Server;

    fn check(build: impl FnOnce(Server) -> Server, expected: &[&str]) {
        let errors = match build(Server::new("test", "1")).build() {
            Ok(_) => Vec::new(),
            Err(error) => error.reasons().to_vec(),
        };
        assert_eq!(errors, expected);
    }

    async fn nothing(_: Context, (): ()) -> Result<(), ProtocolError> {
        Ok(())
    }

    #[test]
    fn extensions_are_checked_when_the_server_is_built() {
        check(|server| server.extension("com.example/x", json!({})), &[]);
        check(|server| server.extension("com.example/x", ()), &[]);
        check(
            |server| server.extension("x", json!({})),
            &["extension `x`: its identifier has no prefix; write it as in `com.example/name`"],
        );
        check(
            |server| server.extension("com.example/x", 1),
            &["extension `com.example/x`: its settings are not an object as JSON"],
        );
        check(
            |server| server.extension("a/x", json!({ "b": 1 })).extension("a/x", json!({})),
            &["extension `a/x`: it is given twice, with different settings"],
        );
    }

    #[test]
    fn methods_are_checked_when_the_server_is_built() {
        check(|server| server.method("skills/list", nothing), &[]);
        check(
            |server| server.method("tools/call", nothing),
            &["method `tools/call`: it is the protocol's own"],
        );
        check(
            |server| server.method("a", nothing).method("a", nothing),
            &["two handlers are given for the method `a`"],
        );
        check(
            |server| server.method("a b", nothing),
            &[
                "method `a b`: its name may hold ASCII letters, digits and punctuation other than `\"` and `\\`",
            ],
        );
        check(
            |server| server.notification("rpc.x", async |_, (): ()| {}),
            &["notification `rpc.x`: JSON-RPC keeps names that begin with `rpc.` for itself"],
        );
    }
}

//! All servers of a file or of a host.

use serde_json::Value;

use super::{Target, config};
use crate::exit::Failure;
use crate::output::flat;
use crate::output::shell::quoted;

/// Servers by name, in the order of their file.
#[derive(Debug)]
pub(crate) struct Several {
    /// Start of the targets that choose one of them, such as `mcp.json#` or `cursor:`.
    prefix: String,
    /// Their file or host, for messages.
    from: String,
    /// Servers, and entries that cannot be used.
    pub(crate) servers: Vec<(String, Result<Target, Failure>)>,
    /// Names of those that their host does not start.
    pub(crate) disabled: Vec<String>,
}

impl Several {
    pub(super) fn new(prefix: String, from: String) -> Self {
        Self { prefix, from, servers: Vec::new(), disabled: Vec::new() }
    }

    /// Adds the server of an entry, unless it is disabled.
    pub(super) fn add(&mut self, name: &str, entry: &Value, target: Result<Target, Failure>) {
        match config::is_disabled(entry) {
            true => self.disabled.push(name.to_owned()),
            false => self.servers.push((name.to_owned(), target)),
        }
    }

    /// The same servers, of which there must be at least one.
    pub(super) fn checked(self) -> Result<Self, Failure> {
        match (&self.servers[..], &self.disabled[..]) {
            ([], []) => Err(Failure::usage(format!("`{}` has no servers", self.from))),
            ([], [name, ..]) => {
                Err(Failure::usage(format!("all servers of `{}` are disabled", self.from))
                    .note(format!("`--target {}` takes one nevertheless", self.choice(name))))
            }
            _ => Ok(self),
        }
    }

    /// The target that chooses a server, as a shell takes it.
    pub(crate) fn choice(&self, name: &str) -> String {
        quoted(&flat(&format!("{}{name}", self.prefix)))
    }

    /// The failure for a command that does not decide between some of the servers.
    pub(crate) fn undecided<'a>(
        &self,
        message: String,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Failure {
        let failure = Failure::usage(message).note("choose one:");
        let choices = names.into_iter().map(|name| format!("`--target {}`", self.choice(name)));
        choices.fold(failure, Failure::note)
    }

    /// The only server.
    pub(super) fn only(mut self) -> Result<Target, Failure> {
        if self.servers.len() == 1
            && let Some((_, target)) = self.servers.pop()
        {
            return target;
        }
        let message = format!(
            "`{}` has {} servers, and this command takes one",
            self.from,
            self.servers.len()
        );
        Err(self.undecided(message, self.servers.iter().map(|(name, _)| name.as_str())))
    }

    /// The line about servers that are left out, if there are some.
    pub(crate) fn left_out(&self) -> Option<String> {
        let names: Vec<_> = self.disabled.iter().map(|name| format!("`{}`", flat(name))).collect();
        (!names.is_empty()).then(|| format!("left out, because disabled: {}", names.join(", ")))
    }
}

//! Servers by the name that they have in the files of hosts.

use std::collections::HashSet;

use super::several::Several;
use super::{Target, config};
use crate::exit::Failure;
use crate::hosts::Host;
use crate::hosts::found::{self, Found};
use crate::hosts::places::Places;

/// The host of a text `SOURCE:`, which stands for all of its servers.
pub(super) fn host(target: &str) -> Option<Host> {
    Host::parse(target.strip_suffix(':')?)
}

/// All servers of a host.
pub(super) fn servers(host: Host) -> Result<Several, Failure> {
    let places = Places::of_process()?;
    let (found, failures) = found::all(&places, &[host]);
    if let Some(failure) = failures.into_iter().next() {
        return Err(failure);
    }
    let id = host.facts().id;
    let mut several = Several::new(format!("{id}:"), id.to_owned());
    let mut names = HashSet::new();
    for server in &found {
        // A host itself takes the first of its files that has the name.
        if names.insert(&server.name) {
            several.add(&server.name, &server.entry, read(server, &places));
        }
    }
    several.checked()
}

/// The server that is called `NAME` or `SOURCE:NAME`.
pub(super) fn server(target: &str) -> Result<Target, Failure> {
    let places = Places::of_process()?;
    let source = target.split_once(':').and_then(|(id, name)| Some((Host::parse(id)?, name)));
    let (mut servers, failures) = match source {
        Some((host, _)) => found::all(&places, &[host]),
        None => found::all(&places, Host::all()),
    };
    let name = source.map_or(target, |(_, name)| name);
    servers.retain(|server| server.name == name);
    // A host itself takes the first of its files that has the name.
    servers.dedup_by_key(|server| server.location.host);
    match &servers[..] {
        [only] => read(only, &places),
        [] => {
            let failure = Failure::usage(format!("`{target}` names no server"))
                .note("expected a URL, `path/to/mcp.json#NAME`, `path/to/mcp.json`, or a name of `cargo mcp discover`")
                .note("a command comes last, after `--`");
            Err(failures.iter().fold(failure, |failure, it| failure.note(it.message())))
        }
        several => {
            let failure = Failure::usage(format!("several hosts have a server `{name}`"));
            let names = several.iter().map(|server| {
                let file = places.shown(&server.location.path);
                format!("`{}:{name}` in {file}", server.location.host.facts().id)
            });
            Err(names.fold(failure.note("choose one:"), Failure::note))
        }
    }
}

fn read(server: &Found, places: &Places) -> Result<Target, Failure> {
    config::usable(&server.entry, &server.name, &places.shown(&server.location.path))
}

//! Servers in the files of the hosts on this machine.

use serde::Serialize;
use serde_json::Value;

use super::document::servers;
use super::file;
use super::places::{Location, Places};
use super::{Host, secrets};
use crate::exit::Failure;

/// A server in a file.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) location: Location,
    pub(crate) name: String,
    pub(crate) entry: Value,
}

/// A server for printing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    pub(crate) source: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) file: String,
    pub(crate) name: String,
    /// The entry as it is in the file, with its secrets hidden.
    pub(crate) entry: Value,
}

/// The servers of some hosts, those that take precedence in a host first, and failures of files that cannot
/// be read.
pub(crate) fn all(places: &Places, hosts: &[Host]) -> (Vec<Found>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for &host in hosts {
        let mut broken = None;
        for location in places.locations(host) {
            // Two scopes may share a file.
            if broken.as_ref() == Some(&location.path) {
                continue;
            }
            match in_file(&location) {
                Ok(servers) => found.extend(servers),
                Err(failure) => {
                    broken = Some(location.path.clone());
                    failures.push(failure);
                }
            }
        }
    }
    (found, failures)
}

fn in_file(location: &Location) -> Result<Vec<Found>, Failure> {
    let Some(text) = file::read(&location.path)? else { return Ok(Vec::new()) };
    let format = location.host.facts().format;
    let document = format.read(&text).map_err(|fault| file::invalid(&location.path, &fault))?;
    let entries = servers(&document, &location.keys).into_iter().flatten();
    // Goose has extensions that are no servers.
    let entries = entries.filter(|(_, entry)| is_server(entry));
    Ok(entries
        .map(|(name, entry)| Found {
            location: location.clone(),
            name: name.clone(),
            entry: entry.clone(),
        })
        .collect())
}

fn is_server(entry: &Value) -> bool {
    ["command", "cmd", "url", "serverUrl", "httpUrl", "uri"]
        .iter()
        .any(|it| entry.get(it).is_some())
}

impl Found {
    pub(crate) fn shown(&self, places: &Places) -> Shown {
        Shown {
            source: self.location.host.facts().id,
            scope: self.location.scope.as_str(),
            file: places.shown(&self.location.path),
            name: self.name.clone(),
            entry: secrets::hidden(&self.entry),
        }
    }
}

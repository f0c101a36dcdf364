//! A change of one host's file: planned first, then written or shown.

use std::path::PathBuf;

use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::exit::{Exit, Failure};
use crate::hosts::document::{Place, servers};
use crate::hosts::entry::{Server, members, merged, with_defaults};
use crate::hosts::places::{Location, Places};
use crate::hosts::secrets::hidden;
use crate::hosts::{Scope, file};
use crate::output::plain;

/// Kind of a change of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Added,
    Replaced,
    Unchanged,
    Removed,
}

/// A change that is possible.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) location: Location,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    before: Option<Value>,
    after: Option<Map<String, Value>>,
    old: Option<String>,
    new: String,
}

/// A change for printing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) client: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) change: Kind,
    pub(crate) is_dry_run: bool,
    /// The new entry, with its secrets hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backup: Option<String>,
}

impl Change {
    /// Plans to set a server in a file.
    pub(crate) fn set(
        location: Location,
        name: &str,
        server: &Server,
        may_replace: bool,
    ) -> Result<Self, Failure> {
        let host = location.host;
        let title = host.facts().title;
        let new = members(host, name, server).ok_or_else(|| no_urls(title))?;
        let (old, before) = existing(&location, name)?;
        let entry = match &before {
            Some(before) => merged(before, new),
            None => new,
        };
        let entry = with_defaults(host, entry);
        let kind = match &before {
            None => Kind::Added,
            Some(before) if before.as_object() == Some(&entry) => Kind::Unchanged,
            Some(_) if may_replace => Kind::Replaced,
            Some(_) => {
                let message = format!("`{}` has a server `{name}`", location.path.display());
                return Err(Failure::new(Exit::Usage, "exists", message)
                    .note("`--force` replaces it, `--name NAME` adds another one"));
            }
        };
        Self::new(location, name, kind, old, before, Some(entry))
    }

    /// Plans to remove a server from a file, or returns `None` if it is not there.
    pub(crate) fn remove(location: Location, name: &str) -> Result<Option<Self>, Failure> {
        let (old, before) = existing(&location, name)?;
        match before {
            Some(before) => {
                Self::new(location, name, Kind::Removed, old, Some(before), None).map(Some)
            }
            None => Ok(None),
        }
    }

    fn new(
        location: Location,
        name: &str,
        kind: Kind,
        old: Option<String>,
        before: Option<Value>,
        after: Option<Map<String, Value>>,
    ) -> Result<Self, Failure> {
        let text = old.as_deref().unwrap_or_default();
        let place = Place { keys: &location.keys, name };
        let new = match kind {
            Kind::Unchanged => text.to_owned(),
            _ => {
                let format = location.host.facts().format;
                let changed = format.change(text, place, after.as_ref());
                changed.map_err(|fault| file::invalid(&location.path, &fault))?
            }
        };
        Ok(Self { location, name: name.to_owned(), kind, before, after, old, new })
    }

    /// Writes the file, and returns the path of the copy of the old one, if that was made.
    pub(crate) fn write(&self) -> Result<Option<PathBuf>, Failure> {
        if self.kind == Kind::Unchanged {
            return Ok(None);
        }
        let is_private = self.location.scope != Scope::Project;
        file::replace(&self.location.path, self.old.as_deref(), &self.new, is_private)
    }

    pub(crate) fn report(
        &self,
        places: &Places,
        is_dry_run: bool,
        backup: Option<PathBuf>,
    ) -> Report {
        Report {
            client: self.location.host.facts().id,
            scope: self.location.scope.as_str(),
            file: places.shown(&self.location.path),
            name: self.name.clone(),
            change: self.kind,
            is_dry_run,
            entry: self.after.clone().map(|entry| hidden(&Value::Object(entry))),
            backup: backup.map(|path| places.shown(&path)),
        }
    }

    /// The old and the new entry as they stand in the file, with their secrets hidden.
    pub(crate) fn difference(&self) -> Result<String, Failure> {
        if self.kind == Kind::Unchanged {
            return Ok(String::new());
        }
        let after = self.after.clone().map(Value::Object);
        let mut text = String::new();
        for (sign, entry) in [('-', &self.before), ('+', &after)] {
            if let Some(entry) = entry {
                let snippet = snippet(&self.location, &self.name, entry)?;
                for line in snippet.lines() {
                    text.push_str(&format!("\n    {sign} {}", plain(line)));
                }
            }
        }
        Ok(text)
    }
}

/// A file with nothing but an entry, whose secrets are hidden.
pub(crate) fn snippet(location: &Location, name: &str, entry: &Value) -> Result<String, Failure> {
    let entry = hidden(entry);
    let place = Place { keys: &location.keys, name };
    let text = location.host.facts().format.change("", place, entry.as_object());
    text.map_err(|fault| Failure::internal(format!("cannot write the entry: {fault}")))
}

/// The text of a file, and the entry in it.
fn existing(location: &Location, name: &str) -> Result<(Option<String>, Option<Value>), Failure> {
    let old = file::read(&location.path)?;
    let format = location.host.facts().format;
    let document = format.read(old.as_deref().unwrap_or_default());
    let document = document.map_err(|fault| file::invalid(&location.path, &fault))?;
    let before = servers(&document, &location.keys).and_then(|servers| servers.get(name)).cloned();
    Ok((old, before))
}

pub(crate) fn no_urls(title: &str) -> Failure {
    Failure::usage(format!("{title} has no servers at a URL in its file"))
        .note("add the URL as a connector in its settings")
}

impl Report {
    /// One line for a terminal.
    pub(crate) fn line(&self) -> String {
        let verb = match (self.change, self.is_dry_run) {
            (Kind::Added, false) => "added",
            (Kind::Added, true) => "would add",
            (Kind::Replaced, false) => "replaced",
            (Kind::Replaced, true) => "would replace",
            (Kind::Removed, false) => "removed",
            (Kind::Removed, true) => "would remove",
            (Kind::Unchanged, _) => "has already",
        };
        let Self { client, scope, file, name, .. } = self;
        let entry = self.entry.as_ref();
        let first = |names: &[&str]| names.iter().find_map(|it| entry?.get(it)?.as_str());
        let target = first(&["command", "cmd", "url", "serverUrl", "uri"]);
        let target = target.map(|target| format!(" → {}", plain(target))).unwrap_or_default();
        let mark =
            if self.is_dry_run { "·".dimmed().to_string() } else { "✓".green().to_string() };
        format!("{mark} {client:14}  {} ({scope})  {verb} `{}`{target}", plain(file), plain(name))
    }
}

//! Comparison of a lock with a server.

use std::collections::BTreeMap;

use serde::Serialize;

use super::change::{Change, Severity};
use super::schema::{self, Side};
use super::{Component, Kind, Lock, Tasks};

/// A change of a component.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) change: Change,
}

/// Hints, with the values that absence means, and whether the value `true` is a promise.
const HINTS: [(&str, bool, bool); 4] = [
    ("destructive", true, false),
    ("idempotent", false, true),
    ("openWorld", true, false),
    ("readOnly", false, true),
];

/// Finds the changes from a lock to a server, in the order of the components; breaking ones first in each.
pub(crate) fn compare(locked: &Lock, server: &Lock) -> Vec<Difference> {
    let by_key = |lock: &Lock| -> BTreeMap<(Kind, String), Component> {
        let components = lock.components.iter();
        components.map(|it| ((it.kind, it.name.clone()), it.clone())).collect()
    };
    let (old, new) = (by_key(locked), by_key(server));
    let mut differences = Vec::new();
    let mut push = |(kind, name): &(Kind, String), changes: Vec<Change>| {
        let of = |change| Difference { kind: *kind, name: name.clone(), change };
        differences.extend(changes.into_iter().map(of));
    };
    let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => push(key, of_component(old, new)),
            (Some(_), None) => {
                push(key, vec![Change::new(Severity::Breaking, "removed", "removed")])
            }
            (None, _) => push(key, vec![Change::new(Severity::Compatible, "added", "added")]),
        }
    }
    differences
}

fn of_component(old: &Component, new: &Component) -> Vec<Change> {
    let mut changes = match old.kind {
        Kind::Tool => of_schemas(old, new),
        Kind::Prompt => of_arguments(old, new),
        // The name is the template, so that other variables are another component.
        Kind::Resource | Kind::Template => Vec::new(),
    };
    changes.extend(of_hints(old, new));
    changes.extend(of_tasks(old, new));
    changes.extend(of_media_type(old, new));
    if changes.is_empty() && old.digest != new.digest {
        let text = "descriptions or other annotations of the schemas changed";
        changes.push(Change::new(Severity::Cosmetic, "annotations", text));
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.severity));
    changes
}

fn of_schemas(old: &Component, new: &Component) -> Vec<Change> {
    let undecided = |message: &str| {
        let change = Change::new(Severity::Breaking, "undecided", message);
        vec![Change { is_undecided: true, ..change }]
    };
    let mut changes = match (&old.schemas.input, &new.schemas.input) {
        (Some(old), Some(new)) => schema::compare(old, new, Side::Input),
        (None, _) if old.digest == new.digest => Vec::new(),
        _ => undecided("the lock has no schema of the arguments, so that they cannot be compared"),
    };
    changes.extend(match (&old.schemas.output, &new.schemas.output) {
        (Some(old), Some(new)) => schema::compare(old, new, Side::Output),
        (Some(_), None) => vec![Change::new(
            Severity::Breaking,
            "output-schema-removed",
            "the schema of the output was removed",
        )],
        (None, Some(_)) => vec![Change::new(
            Severity::Compatible,
            "output-schema-added",
            "a schema of the output was added",
        )],
        (None, None) => Vec::new(),
    });
    changes
}

/// Changes of the arguments of a prompt, which are texts.
fn of_arguments(old: &Component, new: &Component) -> Vec<Change> {
    let state = |component: &Component, name: &str| {
        let is_optional = component.optional.contains_key(name);
        component.required.contains_key(name).then_some(true).or(is_optional.then_some(false))
    };
    let names = [&old.required, &old.optional, &new.required, &new.optional];
    let names: std::collections::BTreeSet<_> = names.into_iter().flat_map(|it| it.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (severity, code, text) = match (state(old, name), state(new, name)) {
            (Some(_), None) => (Severity::Breaking, "argument-removed", "removed"),
            (None, Some(true)) => (Severity::Breaking, "argument-added", "added, and required"),
            (Some(false), Some(true)) => (Severity::Breaking, "argument-required", "required now"),
            (None, Some(false)) => (Severity::Compatible, "argument-added", "added"),
            (Some(true), Some(false)) => {
                (Severity::Compatible, "argument-optional", "optional now")
            }
            _ => return None,
        };
        let change = Change::new(severity, code, format!("argument `{name}`: {text}"));
        Some(Change { path: Some(name.clone()), ..change })
    });
    changes.collect()
}

fn of_hints(old: &Component, new: &Component) -> Vec<Change> {
    if old.kind != Kind::Tool {
        return Vec::new();
    }
    let changes = HINTS.into_iter().filter_map(|(name, absent, promise)| {
        let of = |component: &Component| component.hints.get(name).copied().unwrap_or(absent);
        // What only matters to a tool that changes something says nothing about one that does not.
        let is_read_only = |it: &Component| it.hints.get("readOnly") == Some(&true);
        let is_void = matches!(name, "destructive" | "idempotent")
            && (is_read_only(old) || is_read_only(new));
        let (before, now) = (of(old), of(new));
        if before == now || is_void {
            return None;
        }
        let severity = if now == promise { Severity::Compatible } else { Severity::Breaking };
        let code = if now == promise { "hint-gained" } else { "hint-lost" };
        let text = format!("hint `{name}` changed from {before} to {now}");
        Some(Change::new(severity, code, text))
    });
    changes.collect()
}

/// A change of the support for tasks. Without it in the list of the server, the support is not known.
fn of_tasks(old: &Component, new: &Component) -> Option<Change> {
    let (before, now) = (old.tasks.unwrap_or(Tasks::Forbidden), new.tasks?);
    let severity = match (before, now) {
        (before, now) if before == now => return None,
        // Calls of both kinds work.
        (_, Tasks::Optional) => Severity::Compatible,
        _ => Severity::Breaking,
    };
    let text = format!("tasks changed from {} to {}", before.word(), now.word());
    Some(Change::new(severity, "tasks", text))
}

fn of_media_type(old: &Component, new: &Component) -> Option<Change> {
    let (before, now) = (&old.mime_type, &new.mime_type);
    let words = |it: &Option<String>| it.as_ref().map_or("none".to_owned(), |it| format!("`{it}`"));
    let text = format!("media type changed from {} to {}", words(before), words(now));
    let severity = match (before, now) {
        (before, now) if before == now => return None,
        (None, _) => Severity::Compatible,
        _ => Severity::Breaking,
    };
    Some(Change::new(severity, "media-type", text))
}

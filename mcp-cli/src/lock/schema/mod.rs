//! Comparison of two versions of a schema.
//!
//! A new schema of arguments is compatible if it accepts all that the old one accepted. A new schema of
//! results is compatible if it accepts nothing that the old one did not. What cannot be decided counts as
//! breaking. Members that an open object does not name count as absent: clients do not send them, and
//! servers do not return them.

mod bounds;
mod fits;
mod flat;
mod object;
#[cfg(test)]
mod tests;
mod value;

use serde_json::Value;

use self::fits::{Found, Pass};
use self::value::Accepts;
use super::change::{Change, Severity};
use crate::output::signature;

/// Side of a tool that a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Arguments.
    Input,
    /// Results.
    Output,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Input => "argument",
            Self::Output => "output",
        }
    }
}

/// Finds the differences of two versions of a schema.
pub(crate) fn compare(old: &Value, new: &Value, side: Side) -> Vec<Change> {
    let breaking = Pass::run(old, new, side, true);
    let compatible = Pass::run(old, new, side, false);
    let is_in = |all: &[Found], found: &Found| {
        all.iter().any(|it| it.place == found.place && it.key == found.key)
    };
    let is_undecided_at = |place: &str| breaking.iter().any(|it| it.undecided && it.place == place);
    let mut changes = Vec::new();
    for found in &breaking {
        let both = is_in(&compatible, found);
        changes.push(change(found, Severity::Breaking, both, side));
    }
    for found in &compatible {
        if !found.undecided && !is_in(&breaking, found) && !is_undecided_at(&found.place) {
            changes.push(change(found, Severity::Compatible, false, side));
        }
    }
    changes.extend(defaults(old, new, side));
    changes
}

fn change(found: &Found, severity: Severity, is_both: bool, side: Side) -> Change {
    // A type is named by what became of it, which only both directions show.
    let verb = match (is_both, severity == Severity::Breaking, side) {
        (true, ..) => "changed",
        (false, true, Side::Input) | (false, false, Side::Output) => "narrowed",
        (false, ..) => "widened",
    };
    let text = found.text.replace("{verb}", verb);
    let subject = match (&*found.place, side) {
        ("", Side::Input) => "the arguments".to_owned(),
        ("", Side::Output) => "the output".to_owned(),
        (place, _) => format!("{} `{place}`", side.word()),
    };
    Change {
        severity,
        code: format!("{}-{}", side.word(), found.code),
        path: Some(found.place.clone()).filter(|place| !place.is_empty()),
        message: format!("{subject}: {text}"),
        is_undecided: found.undecided,
    }
}

/// Changes of the defaults of arguments.
fn defaults(old: &Value, new: &Value, side: Side) -> Vec<Change> {
    let properties = old["properties"].as_object().into_iter().flatten();
    let changed = properties.filter_map(|(name, schema)| {
        let (before, now) = (schema.get("default"), new["properties"].get(name)?.get("default"));
        let text = match (before, now) {
            (before, now) if before == now => return None,
            (Some(before), Some(now)) => format!("default changed from `{before}` to `{now}`"),
            (Some(before), None) => format!("default `{before}` removed"),
            (None, Some(now)) => format!("default `{now}` added"),
            (None, None) => return None,
        };
        let found = Found::new(name, "default", "default", text);
        Some(change(&found, Severity::Compatible, false, side))
    });
    changed.collect()
}

/// Applies a schema to a value; `None` if the outcome cannot be decided.
pub(crate) fn accepts(schema: &Value, root: &Value, value: &Value) -> Option<bool> {
    let found = flat::alternatives(schema, root).ok()?;
    let verdicts: Vec<_> = found.all.iter().map(|flat| value::accepts(flat, value)).collect();
    match () {
        () if verdicts.iter().all(|it| *it == Accepts::No) => Some(false),
        () if !found.is_exclusive && verdicts.contains(&Accepts::Yes) => Some(true),
        () => None,
    }
}

/// A schema in a few characters.
fn shown(schema: &Value, root: &Value) -> String {
    signature::of_schema(schema, root)
}

//! Alternatives: `anyOf` and `oneOf`.

use super::Dropped;
use super::conjunction::{Conjunction, Group, Part};
use super::convert::Converter;
use super::disjoint::Comparison;
use super::document::Draft;
use super::json::{Json, Object};
use super::out::{Form, Note, Out};
use super::words;

/// Maximum number of alternatives that are compared with each other.
const MAX_COMPARED: usize = 200;

impl<'d> Converter<'d> {
    /// Converts alternatives, each together with what holds beside them.
    pub(super) fn distribute(&mut self, mut found: Conjunction<'d>, at: &str) -> Out {
        let group = found.groups.remove(0);
        let mut note = std::mem::take(&mut found.note);
        for part in &mut found.parts {
            if std::mem::take(&mut part.annotated) {
                self.annotate(&mut note, part);
            }
        }
        let alone = !self.is_at_root()
            && found.groups.is_empty()
            && self.stands_alone(&found.parts, &group);
        let inferences = self.inferences;
        let mut branches = Vec::new();
        for (branch, place) in &group.branches {
            // What holds beside the alternatives is visited once more with each of them.
            let repeated = if alone { 0 } else { found.parts.len() };
            if self.exhausted || !self.spend_all(1 + repeated) {
                break;
            }
            let out = if alone {
                self.convert(branch, place)
            } else {
                let mut both = found.clone();
                both.followed.clear();
                let before = self.inlined.len();
                self.inlined.extend(found.followed.iter().cloned());
                self.gather_into(branch, place, &mut both, 0, false);
                let out = if self.dialect.is_verbatim() && both.groups.len() > 8 {
                    Out::any()
                } else {
                    self.conjunction(both, at)
                };
                self.inlined.truncate(before);
                out
            };
            match out {
                Out { form: Form::Never, .. } => {}
                // Alternatives of alternatives are alternatives.
                Out { form: Form::Union { branches: inner, .. }, note }
                    if note == Note::default() =>
                {
                    branches.extend(inner);
                }
                out => branches.push(out),
            }
        }
        let is_exact = self.inferences == inferences;
        self.check_exclusive(&group, &branches, is_exact, &mut note);
        match branches.len() {
            0 => Out::new(Form::Never),
            1 => {
                let mut only = branches.remove(0);
                note.append(std::mem::take(&mut only.note));
                Out { note, ..only }
            }
            _ => Out { note, form: Form::Union { branches, at: group.at } },
        }
    }

    /// Drops "exactly one of" unless the alternatives exclude each other.
    fn check_exclusive(
        &mut self,
        group: &Group<'d>,
        branches: &[Out],
        is_exact: bool,
        note: &mut Note,
    ) {
        if group.keyword != "oneOf" {
            return;
        }
        let mut comparison = Comparison::new(self);
        let compared = is_exact
            && branches.len() <= MAX_COMPARED
            && branches.iter().enumerate().all(|(index, one)| {
                branches[index + 1..].iter().all(|other| comparison.are_disjoint(one, other))
            });
        self.comparisons = comparison.left;
        if compared {
            self.exclusive.push(group.at.clone());
        } else {
            self.drop_exclusion(group.at.clone());
            note.sentence(words::sentence("oneOf", &Json::Null));
        }
    }

    /// Drops "exactly one of" everywhere if the dropped keywords may have distinguished alternatives.
    pub(super) fn settle_exclusions(&mut self) {
        if !self.dropped.iter().any(distinguishes) {
            return;
        }
        for at in std::mem::take(&mut self.exclusive) {
            self.drop_exclusion(at);
        }
    }

    /// `true` if alternatives need not repeat what holds beside them.
    fn stands_alone(&self, parts: &[Part<'d>], group: &Group<'d>) -> bool {
        if !parts.iter().any(Part::restricts) {
            return true;
        }
        let Some(kind) = parts.iter().find_map(|part| part.get("type")) else { return false };
        let agrees = |part: &Part<'_>| part.get("type").is_none_or(|own| own == kind);
        parts.iter().all(|part| part.has_only_type() && agrees(part))
            && group.branches.iter().all(|(branch, at)| self.has_type(branch, at, kind))
    }

    /// Type of a schema. Beside a reference, older drafts ignore it.
    fn own_type<'s>(&self, schema: &'s Object) -> Option<&'s Json> {
        let is_hidden = self.document.draft == Draft::Old && self.document.is_reference(schema);
        schema.get("type").filter(|_| !is_hidden)
    }

    /// `true` if a schema, or what it refers to, names a type.
    fn has_type(&self, schema: &Json, at: &str, kind: &Json) -> bool {
        let Some(object) = schema.as_object() else { return false };
        let own = self.own_type(object).or_else(|| {
            let target = self.document.target(object, at)?;
            self.own_type(self.document.at(&target)?.as_object()?)
        });
        own.is_some_and(|own| own == kind)
    }
}

/// `true` for keywords that distinguish alternatives: types, values, and required properties.
fn distinguishes(dropped: &Dropped) -> bool {
    let mut tokens = dropped.path.rsplit('/');
    let (last, parent) = (tokens.next().unwrap_or_default(), tokens.next());
    let facts = [
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "allOf",
        "anyOf",
        "const",
        "enum",
        "required",
        "type",
    ];
    parent == Some("properties") || !dropped.as_any_of && (last == "oneOf" || facts.contains(&last))
}

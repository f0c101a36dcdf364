//! Alternatives that exclude each other.

use super::convert::Converter;
use super::json::{Json, Object};
use super::out::{Form, ObjectForm, Out};

/// Depth to which alternatives are compared.
const MAX_DEPTH: usize = 8;

/// Maximum number of pairs of properties, or of values, of two alternatives.
const MAX_PAIRS: usize = 10_000;

/// Comparison of alternatives.
pub(super) struct Comparison<'c, 'd> {
    converter: &'c Converter<'d>,
    /// Number of comparisons that are left to the schema.
    pub(super) left: usize,
}

impl<'c, 'd> Comparison<'c, 'd> {
    pub(super) fn new(converter: &'c Converter<'d>) -> Self {
        Self { converter, left: converter.comparisons }
    }

    /// `true` if no value is accepted by two schemas: their types, or the values of a property that
    /// both require, exclude each other.
    pub(super) fn are_disjoint(&mut self, one: &Out, other: &Out) -> bool {
        self.disjoint(one, other, MAX_DEPTH)
    }

    fn disjoint(&mut self, one: &Out, other: &Out, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let converter = self.converter;
        match (&one.form, &other.form) {
            _ if !self.spend(1) => false,
            (Form::Never, _) | (_, Form::Never) => true,
            (Form::Union { branches, .. }, _) => {
                branches.iter().all(|branch| self.disjoint(branch, other, depth))
            }
            (_, Form::Union { branches, .. }) => {
                branches.iter().all(|branch| self.disjoint(one, branch, depth))
            }
            (Form::Reference { definition, .. }, _) => {
                exact(converter, *definition).is_some_and(|one| self.disjoint(one, other, depth))
            }
            (_, Form::Reference { definition, .. }) => {
                exact(converter, *definition).is_some_and(|other| self.disjoint(one, other, depth))
            }
            (Form::Leaf(one), Form::Leaf(other)) => self.leaves_are_disjoint(one, other),
            (Form::Object(one), Form::Object(other)) => {
                self.objects_are_disjoint(one, other, depth)
            }
            (Form::Array(_), Form::Array(_)) => false,
            (one, other) => match (kind(one), kind(other)) {
                (Some(one), Some(other)) => one != other,
                _ => false,
            },
        }
    }

    fn leaves_are_disjoint(&mut self, one: &Object, other: &Object) -> bool {
        let (Some(own), Some(others)) = (leaf_kind(one), leaf_kind(other)) else { return false };
        let is_number = |kind: &str| matches!(kind, "number" | "integer");
        if own != others && !(is_number(own) && is_number(others)) {
            return true;
        }
        let (Some(one), Some(other)) = (values(one), values(other)) else { return false };
        self.spend(one.len() * other.len())
            && one.iter().all(|one| !other.iter().any(|other| one.same(other)))
    }

    fn objects_are_disjoint(&mut self, one: &ObjectForm, other: &ObjectForm, depth: usize) -> bool {
        self.spend(one.properties.len() * other.properties.len())
            && one.properties.iter().filter(|property| property.required).any(|property| {
                let same = other.properties.iter().find(|other| other.name == property.name);
                same.is_some_and(|same| {
                    same.required && self.disjoint(&property.schema, &same.schema, depth)
                })
            })
    }

    /// Counts comparisons. Returns `false` if there are too many.
    fn spend(&mut self, count: usize) -> bool {
        if count > MAX_PAIRS {
            return false;
        }
        self.left = self.left.saturating_sub(count);
        self.left > 0
    }
}

/// Definition, if it accepts all that the original does.
fn exact<'c>(converter: &'c Converter<'_>, definition: usize) -> Option<&'c Out> {
    converter.definition_form(definition).filter(|_| converter.inferences == 0)
}

fn kind(form: &Form) -> Option<&str> {
    match form {
        Form::Array(_) => Some("array"),
        Form::Object(_) => Some("object"),
        Form::Leaf(keywords) => leaf_kind(keywords),
        _ => None,
    }
}

fn leaf_kind(leaf: &Object) -> Option<&str> {
    leaf.get("type")?.as_str()
}

fn values(leaf: &Object) -> Option<&[Json]> {
    leaf.get("enum")?.as_array()
}

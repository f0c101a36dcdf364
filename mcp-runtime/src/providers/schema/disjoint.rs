//! Alternatives that exclude each other.

use super::convert::Converter;
use super::json::{Json, Object};
use super::out::{Form, ObjectForm, Out};

/// Depth to which alternatives are compared.
const MAX_DEPTH: usize = 8;

/// `true` if no value is accepted by two schemas: their types, or the values of a property that
/// both require, exclude each other.
pub(super) fn are_disjoint(converter: &Converter<'_>, one: &Out, other: &Out) -> bool {
    disjoint(converter, one, other, MAX_DEPTH)
}

fn disjoint(converter: &Converter<'_>, one: &Out, other: &Out, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (&one.form, &other.form) {
        (Form::Never, _) | (_, Form::Never) => true,
        (Form::Union { branches, .. }, _) => {
            branches.iter().all(|branch| disjoint(converter, branch, other, depth))
        }
        (_, Form::Union { branches, .. }) => {
            branches.iter().all(|branch| disjoint(converter, one, branch, depth))
        }
        (Form::Reference { definition, .. }, _) => {
            exact(converter, *definition).is_some_and(|one| disjoint(converter, one, other, depth))
        }
        (_, Form::Reference { definition, .. }) => exact(converter, *definition)
            .is_some_and(|other| disjoint(converter, one, other, depth)),
        (Form::Leaf(one), Form::Leaf(other)) => leaves_are_disjoint(one, other),
        (Form::Object(one), Form::Object(other)) => {
            objects_are_disjoint(converter, one, other, depth)
        }
        (Form::Array(_), Form::Array(_)) => false,
        (one, other) => match (kind(one), kind(other)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        },
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
        Form::Leaf(keywords) => keywords.get("type")?.as_str(),
        _ => None,
    }
}

fn leaves_are_disjoint(one: &Object, other: &Object) -> bool {
    let kinds = |leaf: &Object| leaf.get("type").and_then(Json::as_str).map(str::to_owned);
    let (Some(kind), Some(other_kind)) = (kinds(one), kinds(other)) else { return false };
    let is_number = |kind: &str| matches!(kind, "number" | "integer");
    if kind != other_kind && !(is_number(&kind) && is_number(&other_kind)) {
        return true;
    }
    let values = |leaf: &'_ Object| leaf.get("enum").and_then(Json::as_array).map(<[Json]>::to_vec);
    match (values(one), values(other)) {
        (Some(one), Some(other)) if one.len() * other.len() <= 10_000 => {
            one.iter().all(|one| !other.iter().any(|other| one.same(other)))
        }
        _ => false,
    }
}

fn objects_are_disjoint(
    converter: &Converter<'_>,
    one: &ObjectForm,
    other: &ObjectForm,
    depth: usize,
) -> bool {
    if one.properties.len() * other.properties.len() > 10_000 {
        return false;
    }
    one.properties.iter().filter(|property| property.required).any(|property| {
        other.properties.iter().any(|other| {
            other.required
                && other.name == property.name
                && disjoint(converter, &property.schema, &other.schema, depth)
        })
    })
}

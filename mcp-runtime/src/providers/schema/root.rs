//! The root of a schema, which providers want to be one object.

use std::rc::Rc;

use super::Narrowing;
use super::conjunction::{Conjunction, Part};
use super::convert::Converter;
use super::document::below;
use super::json::{Json, Object};
use super::out::{Additional, Form, Note, ObjectForm, Out, Property};
use super::words;

impl Converter<'_> {
    /// Converts the root: the arguments of a tool are an object.
    pub(super) fn convert_root(&mut self) -> Out {
        let document = self.document;
        let mut found = Conjunction::default();
        let (mut at, mut schema) = (String::new(), &document.root);
        let mut note = Note::default();
        while let Some((target, annotations)) = self.pure_reference(schema, &at) {
            annotations.iter().for_each(|part| self.annotate(&mut note, part));
            let Some(next) = document.at(&target).filter(|_| !found.followed.contains(&target))
            else {
                break;
            };
            found.followed.push(target.clone());
            (at, schema) = (target, next);
        }
        self.gather_into(schema, &at, &mut found, 0, true);
        if self.dialect.is_strict()
            && !found.parts.iter().any(Part::restricts)
            && found.groups.is_empty()
        {
            self.refuse(&mut found.note, &at, "any object is allowed");
        }
        let parts: Vec<_> = found.parts.iter().map(|part| part.at.clone()).collect();
        let groups: Vec<_> = found.groups.iter().map(|group| group.at.clone()).collect();
        let mut out = self.conjunction(found, &at);
        out.note.append(note);
        match out.form {
            Form::Object(_) => out,
            Form::Union { branches, .. } if !self.dialect.is_strict() => {
                self.describe_groups(&groups, &mut out.note);
                let form = self.one_object(branches, &at, &parts);
                Out { note: out.note, form }
            }
            Form::Union { at, .. } => {
                self.refuse(&mut out.note, &at, "the root is one of several objects");
                Out { note: out.note, form: Form::Object(Box::default()) }
            }
            _ => {
                let why = "no object is allowed";
                self.refuse(&mut out.note, &at, why);
                Out { note: out.note, form: Form::Object(Box::default()) }
            }
        }
    }

    fn describe_groups(&mut self, groups: &[String], note: &mut Note) {
        for at in groups {
            self.drop_at(at.clone());
            if let Some(branches) = self.document.at(at) {
                note.sentence(words::alternatives(branches));
            }
        }
    }

    fn drop_present(&mut self, at: &str, keyword: &str) {
        let place = below(at, keyword);
        if self.document.at(&place).is_some() {
            self.drop_at(place);
        }
    }

    /// Lists the properties of alternatives together.
    fn one_object(&mut self, branches: Vec<Out>, at: &str, parts: &[Rc<str>]) -> Form {
        let mut objects = Vec::new();
        flatten(branches, &mut objects);
        let mut merged = ObjectForm::default();
        if let Some((first, others)) = objects.split_first() {
            let is_same = others.iter().all(|other| other.additional == first.additional);
            if is_same {
                merged.additional = first.additional.clone();
            }
            for part in parts {
                // Without the alternatives, it would exclude their properties.
                self.drop_present(part, "unevaluatedProperties");
                if !is_same {
                    self.drop_present(part, "additionalProperties");
                }
            }
        }
        let mut names = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for property in objects.iter().flat_map(|object| &object.properties) {
            if seen.insert(property.name.clone()) {
                names.push(property.name.clone());
            }
        }
        for name in names {
            if !self.spend() {
                break;
            }
            let property = one_property(name, &objects, at);
            merged.properties.push(property);
        }
        let lacks = |object: &ObjectForm| object.properties.len() < merged.properties.len();
        if objects.iter().any(|object| object.additional != Additional::Closed && lacks(object)) {
            self.narrow(at, Narrowing::Closed);
        }
        if let Some((first, others)) = objects.split_first() {
            merged.keywords = first.keywords.clone();
            merged.keywords.retain(|keyword, value| {
                others.iter().all(|other| other.keywords.get(keyword) == Some(&*value))
            });
        }
        merged.keywords.retain(|keyword, _| keyword != "required");
        if let Some(required) = required_by_all(&objects) {
            merged.keywords.push("required", required);
        }
        Form::Object(Box::new(merged))
    }
}

fn flatten(branches: Vec<Out>, into: &mut Vec<ObjectForm>) {
    for branch in branches {
        match branch.form {
            Form::Object(object) => into.push(*object),
            Form::Union { branches, .. } => flatten(branches, into),
            _ => {}
        }
    }
}

/// `true` if an object must have a property.
fn requires(object: &ObjectForm, name: &str) -> bool {
    let listed = object.keywords.get("required").and_then(Json::as_array);
    object.properties.iter().any(|property| property.name == name && property.required)
        || listed.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)))
}

/// Names that all objects require, if one of them requires names that it does not describe.
fn required_by_all(objects: &[ObjectForm]) -> Option<Json> {
    let listed = objects.iter().find_map(|object| object.keywords.get("required")?.as_array())?;
    let all = listed.iter().filter(|name| {
        let name = name.as_str().unwrap_or_default();
        objects.iter().all(|object| requires(object, name))
    });
    Some(Json::Array(all.cloned().collect()))
}

/// Merges the schemas that a property has in several objects.
fn one_property(name: String, objects: &[ObjectForm], at: &str) -> Property {
    let any = Out::any();
    let mut schemas: Vec<Out> = Vec::new();
    let mut required = true;
    for object in objects {
        let own = object.properties.iter().find(|property| property.name == name);
        required &= requires(object, &name);
        let schema = match (own, &object.additional) {
            (Some(property), _) => &property.schema,
            (None, Additional::Schema(schema)) => schema,
            // The name may match a pattern, whose schema is not compared here.
            (None, _) if object.keywords.contains("patternProperties") => &any,
            (None, _) => continue,
        };
        if !schemas.contains(schema) {
            schemas.push(schema.clone());
        }
    }
    let schema = match schemas.len() {
        1 => schemas.remove(0),
        _ => match one_enum(&schemas) {
            Some(schema) => schema,
            None => Out::new(Form::Union { branches: schemas, at: at.to_owned() }),
        },
    };
    Property { name, schema, required, strip: false }
}

/// Merges schemas that list values of the same type: the tags of alternatives.
fn one_enum(schemas: &[Out]) -> Option<Out> {
    let mut note = Note::default();
    let mut kind: Option<&Json> = None;
    let mut all: Vec<Json> = Vec::new();
    for schema in schemas {
        let Form::Leaf(keywords) = &schema.form else { return None };
        let values = match (keywords.get("enum"), keywords.get("const")) {
            (Some(Json::Array(values)), None) => values.clone(),
            (None, Some(value)) => vec![value.clone()],
            _ => return None,
        };
        let mut others = keywords.iter().map(|(keyword, _)| keyword);
        if !others.all(|keyword| matches!(keyword, "type" | "enum" | "const")) {
            return None;
        }
        let own = keywords.get("type")?;
        if kind.is_some_and(|kind| kind != own) || !own.as_str().is_some_and(is_type_of(&values)) {
            return None;
        }
        kind = Some(own);
        for value in values {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        note.append(schema.note.clone());
    }
    let mut keywords = Object::default();
    keywords.push("type", kind?.clone());
    keywords.push("enum", Json::Array(all));
    Some(Out { note, form: Form::Leaf(keywords) })
}

/// Tests that values have a type.
fn is_type_of(values: &[Json]) -> impl Fn(&str) -> bool {
    let texts = values.iter().all(|value| value.as_str().is_some());
    move |kind| kind == "string" && texts
}

//! The root of a schema, which providers want to be one object.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
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
        let index = Index::new(&objects);
        for name in &index.names {
            if !self.spend() {
                break;
            }
            merged.properties.push(index.property(name, at));
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
        if let Some(required) = index.required_by_all() {
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

/// Properties of several objects by their names.
struct Index<'o> {
    objects: &'o [ObjectForm],
    /// Names of all properties, in their order.
    names: Vec<&'o str>,
    /// Properties of a name, each with the number of its object.
    properties: HashMap<&'o str, Vec<(usize, &'o Property)>>,
    /// Schemas of the properties that an object does not name, with the number of the object.
    others: Vec<(usize, Cow<'o, Out>)>,
    /// Numbers of objects that require a name.
    requiring: HashMap<&'o str, usize>,
}

impl<'o> Index<'o> {
    fn new(objects: &'o [ObjectForm]) -> Self {
        let mut index = Self {
            objects,
            names: Vec::new(),
            properties: HashMap::new(),
            others: Vec::new(),
            requiring: HashMap::new(),
        };
        for (number, object) in objects.iter().enumerate() {
            for property in &object.properties {
                let known = index.properties.entry(&*property.name).or_insert_with(|| {
                    index.names.push(&*property.name);
                    Vec::new()
                });
                known.push((number, property));
            }
            let required = object.properties.iter().filter(|property| property.required);
            let required = required.map(|property| &*property.name).chain(listed(object));
            for name in required.collect::<HashSet<_>>() {
                *index.requiring.entry(name).or_default() += 1;
            }
            match &object.additional {
                Additional::Schema(schema) => index.others.push((number, Cow::Borrowed(schema))),
                // The name may match a pattern, whose schema is not compared here.
                _ if object.keywords.contains("patternProperties") => {
                    index.others.push((number, Cow::Owned(Out::any())));
                }
                _ => {}
            }
        }
        index
    }

    fn is_required(&self, name: &str) -> bool {
        self.requiring.get(name) == Some(&self.objects.len())
    }

    /// Names that all objects require, if one of them requires names that it does not describe.
    fn required_by_all(&self) -> Option<Json> {
        let first = self.objects.iter().find(|object| object.keywords.contains("required"))?;
        let all = listed(first).filter(|name| self.is_required(name));
        Some(Json::Array(all.map(Json::text).collect()))
    }

    /// Merges the schemas that a property has in the objects.
    fn property(&self, name: &str, at: &str) -> Property {
        let own = self.properties.get(name).map_or(&[][..], |own| own);
        let named = own.iter().map(|(number, property)| (*number, &property.schema));
        let is_named = |number: &usize| own.binary_search_by_key(number, |own| own.0).is_ok();
        let others = self.others.iter().filter(|(number, _)| !is_named(number));
        let mut all: Vec<_> = named.chain(others.map(|(number, out)| (*number, &**out))).collect();
        all.sort_by_key(|(number, _)| *number);
        let mut schemas: Vec<Out> = Vec::new();
        for (_, schema) in all {
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
        let (name, required) = (name.to_owned(), self.is_required(name));
        Property { name, schema, required, strip: false }
    }
}

/// Names that the keyword `required` of an object lists.
fn listed(object: &ObjectForm) -> impl Iterator<Item = &str> {
    let names = object.keywords.get("required").and_then(Json::as_array);
    names.into_iter().flatten().filter_map(Json::as_str)
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

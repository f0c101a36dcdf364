//! Schemas of objects.

use std::collections::{HashMap, HashSet};

use super::Narrowing;
use super::conjunction::Part;
use super::convert::Converter;
use super::document::below;
use super::json::{Json, Object};
use super::out::{Additional, Form, Note, ObjectForm, Out, Property};
use super::typed::OF_OBJECTS;

/// Schemas of one property, each with its place and the number of the part that it is from.
type Declared<'d> = Vec<(usize, &'d Json, String)>;

/// Maximum length of a chain of references.
const MAX_CHAIN: usize = 16;

/// Properties that a part does not name.
enum Rest<'d> {
    /// Allowed; `true` if the schema does so explicitly.
    Open(bool),
    Closed,
    Schema(&'d Json, String),
}

impl<'d> Converter<'d> {
    /// Converts what holds of objects.
    pub(super) fn object(&mut self, parts: &[Part<'d>], at: &str) -> Out {
        let mut note = Note::default();
        let restricting: Vec<_> = parts.iter().filter(|part| part.restricts()).collect();
        if let [only] = restricting[..]
            && self.dialect.is_verbatim()
        {
            return self.verbatim_object(only);
        }
        let (names, declared) = declared(parts);
        let (rests, closes) = self.rests(parts, &mut note);
        let limiting = rests.iter().enumerate().filter(|(_, rest)| !matches!(rest, Rest::Open(_)));
        let limiting: Vec<_> = limiting.collect();
        let required = required(parts);
        let is_closed = closes
            || self.dialect.is_strict()
            || rests.iter().any(|rest| matches!(rest, Rest::Closed));
        let mut properties = Vec::new();
        let undeclared = required.iter().filter(|name| !declared.contains_key(**name)).copied();
        for name in names.into_iter().chain(undeclared.collect::<Vec<_>>()) {
            if self.exhausted {
                break;
            }
            let is_required = required.contains(name);
            let schemas = declared.get(name).map_or(&[][..], |schemas| schemas);
            let schema = match self.property(name, schemas, &limiting, at) {
                Some(schema) if schema.form != Form::Never => schema,
                _ if is_required => return Out::new(Form::Never),
                _ => {
                    if !is_closed {
                        self.drop_contents(schemas);
                    }
                    continue;
                }
            };
            properties.push(self.optional(name, schema, is_required, at));
        }
        let additional = if closes {
            Additional::Closed
        } else {
            self.additional(rests, properties.is_empty(), &mut note, at)
        };
        self.drop_others(parts, &mut note);
        let required_at = parts.iter().filter(|part| part.get("required").is_some());
        let required_at = required_at.map(|part| below(&part.at, "required")).collect();
        let keywords = Object::default();
        let form = ObjectForm { required_at, properties, additional, keywords };
        Out { note, form: Form::Object(Box::new(form)) }
    }

    /// Converts a property; `None` if it must be absent.
    fn property(
        &mut self,
        name: &str,
        declared: &[(usize, &'d Json, String)],
        rests: &[(usize, &Rest<'d>)],
        at: &str,
    ) -> Option<Out> {
        let mut schemas: Vec<(&'d Json, String)> =
            declared.iter().map(|(_, schema, at)| (*schema, at.clone())).collect();
        for (number, rest) in rests {
            // The parts are in their order.
            if declared.binary_search_by_key(number, |(part, ..)| *part).is_ok() {
                continue;
            }
            match rest {
                Rest::Closed => return None,
                Rest::Schema(schema, at) => schemas.push((schema, at.clone())),
                Rest::Open(_) => {}
            }
        }
        if schemas.is_empty() {
            let why = format!("the property `{name}` is required and not described");
            if self.dialect.is_strict() {
                self.refuse(&mut Note::default(), &below(at, "required"), &why);
            }
            return Some(Out::any());
        }
        let at = below(&below(at, "properties"), name);
        Some(self.convert_all(&schemas, &at))
    }

    /// Records that a property is left out which must be absent: an open object does not exclude it.
    fn drop_contents(&mut self, declared: &[(usize, &'d Json, String)]) {
        let mut unsaid = Note::default();
        for (_, _, at) in declared {
            self.drop_schema(&mut unsaid, at);
        }
    }

    /// Makes a property optional as the dialect has it.
    fn optional(&mut self, name: &str, schema: Out, required: bool, at: &str) -> Property {
        let name = name.to_owned();
        if required
            || !self.dialect.requires_all()
            || self.accepts_null(&schema, &mut HashSet::new(), 0)
        {
            return Property { name, schema, required, strip: false };
        }
        let mut schema = schema.or_null(at);
        schema.note.sentence("Null leaves it out.".to_owned());
        Property { name, schema, required, strip: true }
    }

    /// `true` if `null` is certainly accepted.
    fn accepts_null(&self, schema: &Out, seen: &mut HashSet<usize>, depth: usize) -> bool {
        match &schema.form {
            Form::Leaf(keywords) => match keywords.get("type") {
                Some(kind) => kind.as_str() == Some("null"),
                None => keywords.is_empty(),
            },
            Form::Union { branches, .. } => {
                branches.iter().any(|branch| self.accepts_null(branch, seen, depth))
            }
            Form::Reference { definition, .. } => {
                depth < MAX_CHAIN
                    && seen.insert(*definition)
                    && self
                        .definition_form(*definition)
                        .is_some_and(|schema| self.accepts_null(schema, seen, depth + 1))
            }
            _ => false,
        }
    }

    fn rests(&mut self, parts: &[Part<'d>], note: &mut Note) -> (Vec<Rest<'d>>, bool) {
        let evaluates = ["if", "dependentSchemas", "patternProperties"];
        let is_plain =
            !parts.iter().any(|part| evaluates.iter().any(|key| part.get(key).is_some()));
        let rests: Vec<_> = parts.iter().map(|part| self.rest(part, note)).collect();
        let mut closes = false;
        for part in parts {
            match part.get("unevaluatedProperties") {
                None => {}
                Some(Json::Bool(false)) if part.outer && is_plain => closes = true,
                value => {
                    let why = "properties are allowed or not by what other keywords evaluate";
                    self.refuse_keyword(note, &part.at, "unevaluatedProperties", &value, why);
                }
            }
        }
        // Properties that are allowed by name or by schema are evaluated.
        let opens = |rest: &Rest<'_>| matches!(rest, Rest::Open(true) | Rest::Schema(..));
        closes &= !rests.iter().any(opens);
        (rests, closes)
    }

    fn rest(&mut self, part: &Part<'d>, note: &mut Note) -> Rest<'d> {
        let patterns = part.get("patternProperties").and_then(Json::as_object);
        let patterns = patterns.is_some_and(|patterns| !patterns.is_empty());
        let additional = part.get("additionalProperties");
        if patterns {
            let why = "the names of properties are patterns";
            let value = part.get("patternProperties");
            self.refuse_keyword(note, &part.at, "patternProperties", &value, why);
            if let Some(value) = additional {
                self.drop_keyword(note, &part.at, "additionalProperties", value);
            }
            return Rest::Open(true);
        }
        match additional {
            None => Rest::Open(false),
            Some(Json::Bool(false)) => Rest::Closed,
            Some(schema @ Json::Object(object)) if !object.is_empty() => {
                Rest::Schema(schema, below(&part.at, "additionalProperties"))
            }
            Some(_) => Rest::Open(true),
        }
    }

    fn additional(
        &mut self,
        rests: Vec<Rest<'d>>,
        is_empty: bool,
        note: &mut Note,
        at: &str,
    ) -> Additional {
        if rests.iter().any(|rest| matches!(rest, Rest::Closed)) {
            return Additional::Closed;
        }
        let is_explicit = rests.iter().any(|rest| matches!(rest, Rest::Open(true)));
        let schemas = rests.into_iter().filter_map(|rest| match rest {
            Rest::Schema(schema, at) => Some((schema, at)),
            _ => None,
        });
        let schemas: Vec<_> = schemas.collect();
        if self.dialect.is_strict() {
            if let Some((_, at)) = schemas.first() {
                self.refuse(note, at, "a map has properties of any name");
            } else if is_explicit {
                self.refuse(note, at, "other properties than those described are allowed");
            } else if is_empty && !self.is_at_root() {
                self.refuse(note, at, "the properties of the object are not described");
            } else {
                self.narrow(at, Narrowing::Closed);
            }
            return Additional::Closed;
        }
        if schemas.is_empty() {
            return match is_explicit {
                true => Additional::Schema(Box::new(Out::any())),
                false => Additional::Open,
            };
        }
        let place = below(at, "additionalProperties");
        let schema = self.convert_all(&schemas, &place);
        if schema.form == Form::Never {
            return Additional::Closed;
        }
        Additional::Schema(Box::new(schema))
    }

    /// Drops the keywords of objects that no subset has.
    fn drop_others(&mut self, parts: &[Part<'d>], note: &mut Note) {
        let read = [
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "unevaluatedProperties",
        ];
        for part in parts {
            for keyword in OF_OBJECTS.into_iter().filter(|keyword| !read.contains(keyword)) {
                if let Some(value) = part.get(keyword) {
                    self.drop_keyword(note, &part.at, keyword, value);
                }
            }
        }
    }
}

/// Properties of all parts in their order, and their schemas.
fn declared<'d>(parts: &[Part<'d>]) -> (Vec<&'d str>, HashMap<&'d str, Declared<'d>>) {
    let mut names = Vec::new();
    let mut declared: HashMap<&str, Declared<'d>> = HashMap::new();
    for (number, part) in parts.iter().enumerate() {
        let Some(Json::Object(properties)) = part.get("properties") else { continue };
        let place = below(&part.at, "properties");
        for (name, schema) in properties.iter() {
            let known = declared.entry(name).or_insert_with(|| {
                names.push(name);
                Vec::new()
            });
            known.push((number, schema, below(&place, name)));
        }
    }
    (names, declared)
}

/// Names that parts require.
pub(super) fn required<'d>(parts: &[Part<'d>]) -> Required<'d> {
    let names = parts.iter().filter_map(|part| part.get("required")?.as_array()).flatten();
    let mut required = Required::default();
    for name in names.filter_map(Json::as_str) {
        if required.set.insert(name) {
            required.order.push(name);
        }
    }
    required
}

/// Names of required properties, in their order.
#[derive(Default)]
pub(super) struct Required<'d> {
    set: HashSet<&'d str>,
    order: Vec<&'d str>,
}

impl<'d> Required<'d> {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &&'d str> {
        self.order.iter()
    }
}

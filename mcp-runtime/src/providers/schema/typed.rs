//! Schemas of values of one type, or of several.

use std::collections::HashSet;

use super::conjunction::{Conjunction, Part};
use super::convert::{Converter, is_structure};
use super::document::is_well_formed;
use super::json::{Json, Object};
use super::out::{Form, Note, Out};
use super::{Narrowing, words};

/// Set of the types of JSON Schema. Integers and other numbers are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const FRACTION: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

/// Types in the order in which they are rendered; `number` covers `integer`.
const NAMES: [(u8, &str); 7] = [
    (OBJECT, "object"),
    (ARRAY, "array"),
    (STRING, "string"),
    (INTEGER | FRACTION, "number"),
    (INTEGER, "integer"),
    (BOOLEAN, "boolean"),
    (NULL, "null"),
];

/// Keywords that matter for one type, besides those with schemas.
const OF_STRINGS: [&str; 7] = [
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
];
const OF_NUMBERS: [&str; 6] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"];
pub(super) const OF_ARRAYS: [&str; 10] = [
    "items",
    "prefixItems",
    "additionalItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];
pub(super) const OF_OBJECTS: [&str; 11] = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
];

/// Keywords that are read apart from those of a type.
const READ: [&str; 13] = [
    "type",
    "enum",
    "const",
    "nullable",
    "allOf",
    "anyOf",
    "oneOf",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
];

impl Kinds {
    const ALL: Self = Self(127);

    fn of_name(name: &str) -> u8 {
        NAMES.into_iter().find(|(_, known)| *known == name).map_or(0, |(bits, _)| bits)
    }

    fn of_value(value: &Json) -> u8 {
        match value {
            Json::Null => NULL,
            Json::Bool(_) => BOOLEAN,
            Json::Number(number) => match number.as_f64() {
                Some(float) if float.fract() != 0.0 => FRACTION,
                _ => INTEGER,
            },
            Json::String(_) => STRING,
            Json::Array(_) => ARRAY,
            Json::Object(_) => OBJECT,
        }
    }

    fn of_values(values: &[Json]) -> Self {
        let bits = values.iter().fold(0, |bits, value| bits | Self::of_value(value));
        // There is no type of fractions alone.
        Self(if bits & FRACTION == 0 { bits } else { bits | INTEGER })
    }

    /// Names of the types, each once.
    fn names(self) -> Vec<&'static str> {
        let mut left = self.0;
        let mut names = Vec::new();
        for (bits, name) in NAMES {
            if left & bits == bits {
                left &= !bits;
                names.push(name);
            }
        }
        names
    }
}

impl<'d> Converter<'d> {
    /// Converts what holds at a place, without alternatives.
    pub(super) fn typed(&mut self, found: &Conjunction<'d>, at: &str) -> Out {
        let mut note = found.note.clone();
        for part in found.parts.iter().filter(|part| part.annotated) {
            self.annotate(&mut note, part);
        }
        let mut kinds = self.kinds(&found.parts);
        let values = self.values(&found.parts, kinds, &mut note);
        if let Some(values) = &values {
            kinds = Kinds::of_values(values);
        }
        if self.is_at_root() {
            kinds = Kinds(kinds.0 & OBJECT);
        } else if kinds == Kinds::ALL && values.is_none() {
            match self.inferred(&found.parts) {
                Some(inferred) => kinds = inferred,
                None => {
                    self.drop_rest(&found.parts, Kinds::ALL, &mut note);
                    self.refuse_any(at);
                    return Out { note, ..Out::any() };
                }
            }
        }
        self.drop_rest(&found.parts, kinds, &mut note);
        let mut branches = Vec::new();
        for name in kinds.names() {
            let of_kind = values.as_ref().map(|values| {
                let has_kind = |value: &&Json| Kinds::of_value(value) & Kinds::of_name(name) != 0;
                values.iter().filter(has_kind).cloned().collect()
            });
            let out = match name {
                "object" => self.object(&found.parts, at),
                "array" => self.array(&found.parts, at),
                scalar => self.scalar(scalar, &found.parts, of_kind),
            };
            if out.form != Form::Never {
                branches.push(out);
            }
        }
        match branches.len() {
            0 => Out::new(Form::Never),
            1 => {
                let only = branches.remove(0);
                note.append(only.note);
                Out { note, form: only.form }
            }
            _ => Out { note, form: Form::Union { branches, at: at.to_owned() } },
        }
    }

    fn refuse_any(&mut self, at: &str) {
        if self.dialect.is_strict() {
            self.refuse(&mut Note::default(), at, "any value is allowed");
        }
    }

    /// Reads title, description, default and examples.
    pub(super) fn annotate(&mut self, note: &mut Note, part: &Part<'d>) {
        if let Some(title) = part.schema.get("title").and_then(Json::as_str) {
            note.title.get_or_insert_with(|| title.to_owned());
        }
        if let Some(text) = part.schema.get("description").and_then(Json::as_str) {
            note.description(text);
        }
        for (keyword, value) in part.schema.iter() {
            match keyword {
                "default" | "examples" | "example" | "deprecated" | "readOnly" | "writeOnly" => {
                    self.drop_keyword(note, &part.at, keyword, value);
                }
                // Keywords beside a reference of draft 7 restrict nothing.
                _ => {}
            }
        }
    }

    fn kinds(&self, parts: &[Part<'d>]) -> Kinds {
        let mut kinds = Kinds::ALL.0;
        for part in parts {
            let mut own = match part.get("type") {
                Some(Json::String(name)) => Kinds::of_name(name),
                Some(Json::Array(names)) => {
                    let names = names.iter().filter_map(Json::as_str);
                    names.fold(0, |bits, name| bits | Kinds::of_name(name))
                }
                _ => continue,
            };
            // `nullable` of OpenAPI is read as it is meant there.
            if part.get("nullable") == Some(&Json::Bool(true)) {
                own |= NULL;
            }
            if own != 0 {
                kinds &= own;
            }
        }
        Kinds(kinds)
    }

    /// Values of `enum` and `const`, if they are scalars.
    fn values(&mut self, parts: &[Part<'d>], kinds: Kinds, note: &mut Note) -> Option<Vec<Json>> {
        let mut values: Option<Vec<Json>> = None;
        for part in parts {
            let constant = part.get("const").map(|value| ("const", std::slice::from_ref(value)));
            let listed = part.get("enum").and_then(Json::as_array).map(|values| ("enum", values));
            for (keyword, allowed) in listed.into_iter().chain(constant) {
                let scalar =
                    |value: &Json| value.as_object().is_none() && value.as_array().is_none();
                if !allowed.iter().all(scalar) {
                    let why = "the allowed values are not all strings, numbers, booleans or null";
                    self.refuse_keyword(note, &part.at, keyword, &part.get(keyword), why);
                    continue;
                }
                let mut seen = HashSet::new();
                let allowed = allowed.iter().filter(|value| seen.insert(value.to_string()));
                let allowed = allowed.filter(|value| Kinds::of_value(value) & kinds.0 != 0);
                values = Some(match values {
                    None => allowed.cloned().collect(),
                    Some(before) => {
                        let allowed: Vec<_> = allowed.collect();
                        let both = |value: &Json| allowed.iter().any(|other| value.same(other));
                        before.into_iter().filter(both).collect()
                    }
                });
            }
        }
        values
    }

    /// Infers the type of schemas that name none, from their keywords.
    fn inferred(&mut self, parts: &[Part<'d>]) -> Option<Kinds> {
        let groups: [(&[&str], u8); 4] = [
            (&OF_OBJECTS, OBJECT),
            (&OF_ARRAYS, ARRAY),
            (&OF_STRINGS, STRING),
            (&OF_NUMBERS[..5], INTEGER | FRACTION),
        ];
        let mut found = None;
        for part in parts {
            let has =
                |keywords: &[&str]| keywords.iter().any(|keyword| part.get(keyword).is_some());
            let own = groups.iter().filter(|(keywords, _)| has(keywords));
            let bits = own.fold(0, |bits, (_, own)| bits | own);
            if bits != 0 {
                let kinds = found.map_or(bits, |(_, before)| bits | before);
                found = Some((part.at.clone(), kinds));
            }
        }
        let (at, bits) = found?;
        let kinds = Kinds(bits);
        self.inferences += 1;
        self.narrow(&at, Narrowing::Types(kinds.names()));
        Some(kinds)
    }

    /// Drops the keywords that are of no type: those no provider understands.
    fn drop_rest(&mut self, parts: &[Part<'d>], kinds: Kinds, note: &mut Note) {
        let groups: [(&[&str], u8); 4] = [
            (&OF_OBJECTS, OBJECT),
            (&OF_ARRAYS, ARRAY),
            (&OF_STRINGS, STRING),
            (&OF_NUMBERS, INTEGER | FRACTION),
        ];
        let any = kinds == Kinds::ALL;
        let keeps_conditions = self.keeps_conditions(parts);
        for part in parts.iter().filter(|part| !part.hidden) {
            for (keyword, value) in part.schema.iter() {
                let own = groups.iter().filter(|(keywords, _)| keywords.contains(&keyword));
                let own = own.fold(0, |bits, (_, own)| bits | own);
                let is_reference = matches!(keyword, "$ref" | "$dynamicRef" | "$recursiveRef");
                let read = READ.contains(&keyword) || is_structure(keyword) || is_reference;
                // What is of a type is dropped there, if that type is allowed at all.
                let is_kept = keeps_conditions && matches!(keyword, "if" | "then" | "else");
                if !read && (own == 0 || any) && !is_kept {
                    self.drop_keyword(note, &part.at, keyword, value);
                }
            }
        }
    }

    fn scalar(&mut self, kind: &str, parts: &[Part<'d>], values: Option<Vec<Json>>) -> Out {
        let mut note = Note::default();
        let mut keywords = Object::default();
        keywords.push("type", Json::text(kind));
        let own: &[&str] = match kind {
            "string" => &OF_STRINGS,
            "number" | "integer" => &OF_NUMBERS,
            _ => &[],
        };
        self.merge_keywords(own, parts, kind == "string", &mut keywords, &mut note);
        if let Some(values) = values {
            let is_all = kind == "boolean" && values.len() == 2 || kind == "null";
            if values.is_empty() {
                return Out::new(Form::Never);
            }
            if !is_all && self.dialect.has_enum_of(kind) {
                keywords.push("enum", Json::Array(values));
            } else if !is_all {
                note.sentence(words::sentence("enum", &Json::Array(values)));
                for part in parts {
                    for keyword in ["enum", "const"] {
                        if part.get(keyword).is_some() {
                            self.drop_at(super::document::below(&part.at, keyword));
                        }
                    }
                }
            }
        }
        Out { note, form: Form::Leaf(keywords) }
    }

    /// Merges keywords with plain values: the narrowest limit, the first of others.
    pub(super) fn merge_keywords(
        &mut self,
        own: &[&str],
        parts: &[Part<'d>],
        is_text: bool,
        into: &mut Object,
        note: &mut Note,
    ) {
        for keyword in own {
            for part in parts {
                let Some(value) = part.get(keyword) else { continue };
                if *keyword == "format" && !is_text {
                    // Widths of numbers restrict nothing that their limits do not.
                    self.drop_at(super::document::below(&part.at, keyword));
                    continue;
                }
                let valid = is_well_formed(keyword, value);
                if !valid || !self.dialect.keeps(keyword, value, is_text) {
                    self.drop_keyword(note, &part.at, keyword, value);
                    continue;
                }
                match into.get(keyword) {
                    None => into.push(*keyword, value.clone()),
                    Some(before) if before.same(value) => {}
                    Some(before) => match is_narrower(keyword, value, before) {
                        Some(true) => into.set(*keyword, value.clone()),
                        Some(false) => {}
                        None => self.drop_keyword(note, &part.at, keyword, value),
                    },
                }
            }
        }
    }
}

/// Compares two limits; `None` if the keyword is no limit.
fn is_narrower(keyword: &str, value: &Json, before: &Json) -> Option<bool> {
    let (value, before) = (value.as_f64()?, before.as_f64()?);
    match keyword {
        "minItems" | "minimum" | "exclusiveMinimum" => Some(value > before),
        "maxItems" | "maximum" | "exclusiveMaximum" => Some(value < before),
        _ => None,
    }
}

//! Schema documents: their draft, their named places, and what references point to.

use std::collections::{HashMap, HashSet};

use super::json::{Json, Object};

/// Parsed schema, with an index of the names in it.
pub(super) struct Document {
    pub(super) root: Json,
    pub(super) draft: Draft,
    /// Places with a name: `$id`, by the name as written.
    ids: HashMap<String, String>,
    /// Anchors, by the place of the `$id` around them and the name.
    anchors: HashMap<(String, String), String>,
    /// Dynamic anchors that occur once.
    dynamic: HashMap<String, Option<String>>,
    /// Places with an `$id`, apart from the root.
    resources: HashSet<String>,
}

/// Group of drafts with the same meaning of keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draft {
    /// Up to draft 7: a `$ref` hides the keywords beside it.
    Old,
    /// Draft 2019-09.
    Draft2019,
    /// Draft 2020-12, and all that names no draft.
    Draft2020,
}

/// Keywords with one schema.
pub(super) const WITH_SCHEMA: [&str; 12] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords with an array of schemas.
pub(super) const WITH_ARRAY: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];

/// Keywords with an object of schemas.
pub(super) const WITH_MAP: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Keywords that draft 7 does not define.
pub(super) const MODERN: [&str; 8] = [
    "prefixItems",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
    "minContains",
    "maxContains",
    "contentSchema",
];

/// `true` unless a known keyword has a value of the wrong type.
pub(super) fn is_well_formed(keyword: &str, value: &Json) -> bool {
    let count = || value.as_f64().is_some_and(|count| count >= 0.0 && count.fract() == 0.0);
    match keyword {
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
        | "minContains" | "maxContains" => count(),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => value.as_f64().is_some(),
        "multipleOf" => value.as_f64().is_some_and(|factor| factor > 0.0),
        "pattern" | "format" => value.as_str().is_some(),
        "uniqueItems" => matches!(value, Json::Bool(_)),
        "enum" => value.as_array().is_some(),
        "required" => {
            value.as_array().is_some_and(|names| names.iter().all(|name| name.as_str().is_some()))
        }
        "dependentRequired" => value.as_object().is_some(),
        _ if WITH_ARRAY.contains(&keyword) || WITH_SCHEMA.contains(&keyword) => false,
        _ => !WITH_MAP.contains(&keyword),
    }
}

/// Appends a token to a JSON Pointer.
pub(super) fn below(at: &str, token: &str) -> String {
    let mut pointer = String::with_capacity(at.len() + token.len() + 1);
    pointer.push_str(at);
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
    pointer
}

impl Document {
    pub(super) fn new(root: Json) -> Self {
        let mut document = Self {
            draft: draft(&root),
            root: Json::Null,
            ids: HashMap::new(),
            anchors: HashMap::new(),
            dynamic: HashMap::new(),
            resources: HashSet::new(),
        };
        document.index(&root, "", "");
        document.root = root;
        document
    }

    /// Returns the schema at a JSON Pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&Json> {
        let mut place = &self.root;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            place = match place {
                Json::Object(object) => object.get(&token)?,
                Json::Array(items) => items.get(token.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(place)
    }

    /// Returns the JSON Pointer of what the reference of a schema points to, if that is a schema
    /// of the same document.
    pub(super) fn target(&self, schema: &Object, at: &str) -> Option<String> {
        let found = match schema.get("$ref") {
            Some(reference) => self.resolve(reference.as_str()?, at),
            None => self.dynamic_target(schema, at),
        };
        found.filter(|pointer| matches!(self.at(pointer), Some(Json::Object(_) | Json::Bool(_))))
    }

    /// `true` if the schema has a reference.
    pub(super) fn is_reference(&self, schema: &Object) -> bool {
        schema.contains("$ref")
            || self.draft != Draft::Old
                && (schema.contains("$dynamicRef") || schema.contains("$recursiveRef"))
    }

    fn dynamic_target(&self, schema: &Object, at: &str) -> Option<String> {
        if self.draft == Draft::Old {
            return None;
        }
        if let Some(reference) = schema.get("$dynamicRef") {
            let reference = reference.as_str()?;
            // With one anchor of the name, the outermost is the only one.
            return match reference.strip_prefix('#').and_then(|name| self.dynamic.get(name)) {
                Some(only) => only.clone(),
                None => self.resolve(reference, at),
            };
        }
        let reference = schema.get("$recursiveRef")?.as_str()?;
        (reference == "#" && self.resources.is_empty()).then(String::new)
    }

    fn resolve(&self, reference: &str, at: &str) -> Option<String> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = match base {
            "" => self.resource_around(at),
            // Places inside of a resource with its own name resolve relative names against it.
            _ => self.ids.get(base)?.clone(),
        };
        let fragment = percent_decoded(fragment)?;
        if fragment.is_empty() {
            return Some(resource);
        }
        if fragment.starts_with('/') {
            return Some(resource + &fragment);
        }
        self.anchors.get(&(resource, fragment)).cloned()
    }

    /// Place of the nearest schema around a place that has an `$id`.
    fn resource_around(&self, at: &str) -> String {
        if self.resources.is_empty() {
            return String::new();
        }
        let mut place = at;
        while !self.resources.contains(place) {
            match place.rfind('/') {
                Some(end) => place = &place[..end],
                None => return String::new(),
            }
        }
        place.to_owned()
    }

    fn index(&mut self, schema: &Json, at: &str, resource: &str) {
        let Json::Object(schema) = schema else { return };
        let mut resource = resource.to_owned();
        let hidden = self.draft == Draft::Old && schema.contains("$ref");
        if let Some(id) = schema.get("$id").and_then(Json::as_str).filter(|_| !hidden) {
            match id.strip_prefix('#') {
                Some(anchor) => {
                    self.anchors.insert((resource.clone(), anchor.to_owned()), at.to_owned());
                }
                None => {
                    self.ids.insert(id.trim_end_matches('#').to_owned(), at.to_owned());
                    if !at.is_empty() {
                        self.resources.insert(at.to_owned());
                    }
                    at.clone_into(&mut resource);
                }
            }
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(name) = schema.get(keyword).and_then(Json::as_str) {
                self.anchors.insert((resource.clone(), name.to_owned()), at.to_owned());
                if keyword == "$dynamicAnchor" {
                    let place = Some(at.to_owned());
                    self.dynamic
                        .entry(name.to_owned())
                        .and_modify(|only| *only = None)
                        .or_insert(place);
                }
            }
        }
        for (place, schema) in children(schema, at) {
            self.index(schema, &place, &resource);
        }
    }
}

/// Schemas directly inside of a schema, with their places.
pub(super) fn children<'s>(schema: &'s Object, at: &str) -> Vec<(String, &'s Json)> {
    let mut found = Vec::new();
    for (keyword, value) in schema.iter() {
        let place = || below(at, keyword);
        match value {
            Json::Array(items) if WITH_ARRAY.contains(&keyword) => {
                let place = place();
                let items = items.iter().enumerate();
                found.extend(items.map(|(index, item)| (format!("{place}/{index}"), item)));
            }
            Json::Object(map) if WITH_MAP.contains(&keyword) => {
                let place = place();
                found.extend(map.iter().map(|(name, item)| (below(&place, name), item)));
            }
            Json::Object(_) if WITH_SCHEMA.contains(&keyword) => found.push((place(), value)),
            _ => {}
        }
    }
    found
}

fn draft(root: &Json) -> Draft {
    let named = root.as_object().and_then(|root| root.get("$schema")).and_then(Json::as_str);
    match named {
        Some(name) if name.contains("/draft-0") => Draft::Old,
        Some(name) if name.contains("2019-09") => Draft::Draft2019,
        _ => Draft::Draft2020,
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

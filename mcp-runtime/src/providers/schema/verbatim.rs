//! Schemas for providers that accept all of JSON Schema 2020-12: nothing changes but what older
//! drafts write otherwise, and references.

use super::array::items;
use super::conjunction::Part;
use super::convert::{Converter, is_structure};
use super::document::{Draft, MODERN, WITH_ARRAY, WITH_MAP, WITH_SCHEMA, below, is_well_formed};
use super::json::{Json, Object};
use super::object::required;
use super::out::{Additional, Form, Note, ObjectForm, Out, Property};
use super::typed::OF_OBJECTS;
use super::words;

/// Keywords that accept less when schemas inside of them, or beside them, accept more.
const DELICATE: [&str; 7] =
    ["not", "if", "then", "else", "maxContains", "unevaluatedItems", "unevaluatedProperties"];

impl<'d> Converter<'d> {
    /// `true` while what holds at the root is converted.
    pub(super) fn is_at_root(&self) -> bool {
        self.depth == 0
    }

    /// `true` if `if`, `then` and `else` stay where they are: at the root, in a single part.
    pub(super) fn keeps_conditions(&self, parts: &[Part<'d>]) -> bool {
        self.dialect.is_verbatim()
            && self.is_at_root()
            && !self.careful
            && parts.iter().filter(|part| part.restricts()).count() == 1
    }

    /// Copies a schema.
    pub(super) fn verbatim(&mut self, schema: &'d Json, at: &str) -> Out {
        self.depth += 1;
        let out = match self.copy(schema, at) {
            Json::Object(keywords) => Out::new(Form::Leaf(keywords)),
            _ => Out::any(),
        };
        self.depth -= 1;
        out
    }

    /// Copies schemas that all hold at one place.
    pub(super) fn verbatim_all(&mut self, schemas: &[(&'d Json, String)]) -> Out {
        self.depth += 1;
        let all = schemas.iter().map(|(schema, at)| self.copy(schema, at)).collect();
        self.depth -= 1;
        Out::new(Form::Leaf([("allOf".to_owned(), Json::Array(all))].into_iter().collect()))
    }

    /// Copies the keywords of an object at the root.
    pub(super) fn verbatim_object(&mut self, part: &Part<'d>) -> Out {
        let mut form = ObjectForm {
            required_at: Vec::new(),
            properties: Vec::new(),
            additional: Additional::Open,
            keywords: Object::default(),
        };
        self.depth += 1;
        let mut note = Note::default();
        let place = below(&part.at, "properties");
        if let Some(Json::Object(properties)) = part.get("properties") {
            for (name, schema) in properties.iter() {
                let schema = self.verbatim(schema, &below(&place, name));
                let name = name.to_owned();
                form.properties.push(Property { name, schema, required: false, strip: false });
            }
        }
        let required = required(std::slice::from_ref(part));
        let mut declared = 0;
        for property in &mut form.properties {
            property.required = required.contains(&property.name);
            declared += usize::from(property.required);
        }
        if declared < required.len() {
            let names = required.iter().map(|name| Json::text(*name)).collect();
            form.keywords.push("required", Json::Array(names));
        }
        let patterns = part.get("patternProperties").is_some();
        match part.get("additionalProperties").filter(|_| !patterns) {
            Some(Json::Bool(false)) => form.additional = Additional::Closed,
            Some(Json::Bool(true)) => form.additional = Additional::Schema(Box::new(Out::any())),
            Some(schema @ Json::Object(_)) => {
                let schema = self.verbatim(schema, &below(&part.at, "additionalProperties"));
                form.additional = Additional::Schema(Box::new(schema));
            }
            _ => {}
        }
        let is_read = |keyword: &str| {
            matches!(keyword, "properties" | "required")
                || keyword == "additionalProperties" && !patterns
        };
        let keywords = OF_OBJECTS.iter().copied().chain(["if", "then", "else"]);
        for keyword in keywords.filter(|keyword| !is_read(keyword)) {
            if let Some(value) = part.get(keyword) {
                self.copy_keyword(
                    part.schema,
                    keyword,
                    value,
                    &part.at,
                    &mut form.keywords,
                    &mut note,
                );
            }
        }
        self.depth -= 1;
        Out { note, form: Form::Object(Box::new(form)) }
    }

    fn copy(&mut self, schema: &'d Json, at: &str) -> Json {
        let object = match schema {
            Json::Object(object) => object,
            Json::Bool(false) => {
                let never = ("not".to_owned(), Json::Object(Object::default()));
                return Json::Object([never].into_iter().collect());
            }
            _ => return Json::Object(Object::default()),
        };
        if !self.spend() {
            return Json::Object(Object::default());
        }
        let hidden = self.document.draft == Draft::Old && object.contains("$ref");
        let (mut into, mut note) = (Object::default(), Note::default());
        for (keyword, value) in object.iter() {
            let is_note = matches!(keyword, "title" | "description" | "default" | "examples");
            if (!hidden || is_note) && !matches!(keyword, "$ref" | "$dynamicRef" | "$recursiveRef")
            {
                self.copy_keyword(object, keyword, value, at, &mut into, &mut note);
            }
        }
        if self.document.is_reference(object) {
            self.copy_reference(object, at, &mut into, &mut note);
        }
        if !note.sentences.is_empty() {
            if let Some(text) = into.get("description").and_then(Json::as_str) {
                note.description(text);
            }
            let text = [note.descriptions, note.sentences].concat().join(" ");
            into.set("description", Json::String(text));
        }
        Json::Object(into)
    }

    fn copy_reference(&mut self, object: &'d Object, at: &str, into: &mut Object, note: &mut Note) {
        let names = ["$ref", "$dynamicRef", "$recursiveRef"];
        for keyword in names.into_iter().filter(|name| object.contains(name)) {
            let Some(value) = object.get(keyword) else { continue };
            let mut only = Object::default();
            only.push(keyword, value.clone());
            let Some(target) = self.document.target(&only, at) else {
                self.weakened = true;
                self.drop_keyword(note, at, keyword, value);
                continue;
            };
            let number = self.definition(target);
            let reference = Json::String(format!("#/$defs/{}", self.definitions[number].name));
            if into.is_empty() {
                into.push("$ref", reference);
                continue;
            }
            let mut schema = Object::default();
            schema.push("$ref", reference);
            add_to_all(into, Json::Object(schema));
        }
    }

    fn copy_keyword(
        &mut self,
        object: &'d Object,
        keyword: &str,
        value: &'d Json,
        at: &str,
        into: &mut Object,
        note: &mut Note,
    ) {
        let is_old = self.document.draft == Draft::Old;
        if is_structure(keyword) && !matches!(keyword, "title" | "description")
            || keyword == "nullable"
            || is_old && MODERN.contains(&keyword)
        {
            return;
        }
        let place = below(at, keyword);
        if self.careful && DELICATE.contains(&keyword) {
            self.drop_keyword(note, at, keyword, value);
            return;
        }
        match (keyword, value) {
            ("items" | "additionalItems" | "prefixItems", _) => self.copy_items(object, at, into),
            ("type", _) => self.copy_type(object, value, at, into, note),
            ("dependencies", _) if is_old => self.copy_dependencies(value, &place, into),
            ("dependencies", _) => self.drop_keyword(note, at, keyword, value),
            (
                "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems",
                Json::Bool(_),
            ) => {
                into.set(keyword, value.clone());
            }
            (_, Json::Array(schemas)) if WITH_ARRAY.contains(&keyword) && !schemas.is_empty() => {
                let schemas = schemas.iter().enumerate();
                let schemas =
                    schemas.map(|(index, schema)| self.copy(schema, &format!("{place}/{index}")));
                let schemas = Json::Array(schemas.collect());
                self.push_combined(keyword, schemas, place, into, note);
            }
            (_, Json::Object(schemas)) if WITH_MAP.contains(&keyword) => {
                let schemas = schemas.iter();
                let schemas = schemas.map(|(name, schema)| {
                    (name.to_owned(), self.copy(schema, &below(&place, name)))
                });
                into.set(keyword, Json::Object(schemas.collect()));
            }
            (_, Json::Object(_) | Json::Bool(_)) if WITH_SCHEMA.contains(&keyword) => {
                let schema = self.copy(value, &place);
                into.set(keyword, schema);
            }
            _ if is_well_formed(keyword, value) => into.set(keyword, value.clone()),
            _ => {
                self.weakened = true;
                self.drop_keyword(note, at, keyword, value);
            }
        }
    }

    /// Appends alternatives, or schemas that all hold.
    fn push_combined(
        &mut self,
        keyword: &str,
        schemas: Json,
        place: String,
        into: &mut Object,
        note: &mut Note,
    ) {
        match keyword {
            "allOf" => {
                let Json::Array(schemas) = schemas else { return };
                schemas.into_iter().for_each(|schema| add_to_all(into, schema));
            }
            "oneOf" if self.careful => {
                self.drop_exclusion(place);
                note.sentence(words::sentence("oneOf", &Json::Null));
                let mut alternatives = Object::default();
                alternatives.push("anyOf", schemas);
                add_to_all(into, Json::Object(alternatives));
            }
            _ => into.set(keyword, schemas),
        }
    }

    fn copy_items(&mut self, object: &'d Object, at: &str, into: &mut Object) {
        if into.contains("items") || into.contains("prefixItems") {
            return;
        }
        let items = items(object, at, self.document.draft);
        if !items.prefix.is_empty() {
            let prefix = items.prefix.into_iter().map(|(schema, at)| self.copy(schema, &at));
            into.push("prefixItems", Json::Array(prefix.collect()));
        }
        if let Some((schema, at)) = items.rest {
            let rest = self.copy(schema, &at);
            into.push("items", rest);
        }
    }

    fn copy_type(
        &mut self,
        object: &Object,
        value: &Json,
        at: &str,
        into: &mut Object,
        note: &mut Note,
    ) {
        const NAMES: [&str; 7] =
            ["object", "array", "string", "number", "integer", "boolean", "null"];
        let mut names: Vec<_> = match value {
            Json::String(name) => vec![&**name],
            Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| NAMES.contains(name) && seen.insert(*name));
        if names.is_empty() {
            self.weakened = true;
            return self.drop_keyword(note, at, "type", value);
        }
        // `nullable` of OpenAPI is read as it is meant there.
        if object.get("nullable") == Some(&Json::Bool(true)) && !names.contains(&"null") {
            names.push("null");
        }
        let names: Vec<_> = names.into_iter().map(Json::text).collect();
        let mut names = names.into_iter();
        let kinds = match (names.next(), names.len()) {
            (Some(only), 0) => only,
            (first, _) => Json::Array(first.into_iter().chain(names).collect()),
        };
        into.set("type", kinds);
    }

    fn copy_dependencies(&mut self, value: &'d Json, place: &str, into: &mut Object) {
        let Json::Object(dependencies) = value else { return };
        let (mut required, mut schemas) = (Object::default(), Object::default());
        for (name, dependency) in dependencies.iter() {
            match dependency {
                Json::Array(_) => required.push(name, dependency.clone()),
                _ => {
                    let schema = self.copy(dependency, &below(place, name));
                    schemas.push(name, schema);
                }
            }
        }
        if !required.is_empty() {
            into.set("dependentRequired", Json::Object(required));
        }
        if !schemas.is_empty() {
            into.set("dependentSchemas", Json::Object(schemas));
        }
    }
}

fn add_to_all(into: &mut Object, schema: Json) {
    match into.get_mut("allOf") {
        Some(Json::Array(all)) => all.push(schema),
        _ => into.set("allOf", Json::Array(vec![schema])),
    }
}

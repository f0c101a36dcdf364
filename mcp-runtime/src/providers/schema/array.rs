//! Schemas of arrays.

use super::conjunction::Part;
use super::convert::Converter;
use super::document::{Draft, below};
use super::json::{Json, Object};
use super::out::{ArrayForm, Form, Note, Out};

/// Keywords of arrays without the schemas of their items.
const LIMITS: [&str; 7] = [
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];

/// Schemas of the first items and of the others, each with its place.
pub(super) struct Items<'d> {
    pub(super) prefix: Vec<(&'d Json, String)>,
    pub(super) rest: Option<(&'d Json, String)>,
}

/// Reads the schemas of items, which were written otherwise before 2020-12.
pub(super) fn items<'d>(schema: &'d Object, at: &str, draft: Draft) -> Items<'d> {
    let place = |keyword: &str| below(at, keyword);
    let schema_of = |keyword: &str| {
        let value = schema.get(keyword)?;
        matches!(value, Json::Object(_) | Json::Bool(_)).then(|| (value, place(keyword)))
    };
    let array_of = |keyword: &'static str| {
        let array = schema.get(keyword)?.as_array()?;
        Some((keyword, array))
    };
    let modern = if draft == Draft::Draft2020 { array_of("prefixItems") } else { None };
    let Some((keyword, prefix)) = modern.or_else(|| array_of("items")) else {
        return Items { prefix: Vec::new(), rest: schema_of("items") };
    };
    let rest = if keyword == "items" { "additionalItems" } else { "items" };
    let place = place(keyword);
    let prefix = prefix.iter().enumerate();
    let prefix = prefix.map(|(index, item)| (item, format!("{place}/{index}"))).collect();
    Items { prefix, rest: schema_of(rest) }
}

impl<'d> Converter<'d> {
    /// Converts what holds of arrays.
    pub(super) fn array(&mut self, parts: &[Part<'d>], at: &str) -> Out {
        let mut note = Note::default();
        let draft = self.document.draft;
        let visible = parts.iter().filter(|part| !part.hidden);
        let all: Vec<_> = visible.map(|part| items(part.schema, &part.at, draft)).collect();
        let length = all.iter().map(|items| items.prefix.len()).max().unwrap_or(0);
        if length > 0 && self.dialect.is_strict() {
            let first = all.iter().find_map(|items| items.prefix.first());
            let place = first.map_or(at, |(_, place)| place.trim_end_matches("/0"));
            self.refuse(&mut note, place, "the items of a tuple have schemas of their own");
            return Out { note, ..Out::any() };
        }
        let mut keywords = Object::default();
        self.merge_keywords(&LIMITS, parts, false, &mut keywords, &mut note);
        let mut prefix = Vec::new();
        for index in 0..length {
            let schemas: Vec<_> = all
                .iter()
                .filter_map(|items| items.prefix.get(index).or(items.rest.as_ref()).cloned())
                .collect();
            let out = self.convert_all(&schemas, &format!("{at}/prefixItems/{index}"));
            if out.form == Form::Never || self.exhausted {
                limit(&mut keywords, index);
                let form = ArrayForm { prefix, items: None, keywords };
                return Out { note, form: Form::Array(Box::new(form)) };
            }
            prefix.push(out);
        }
        let rests: Vec<_> = all.into_iter().filter_map(|items| items.rest).collect();
        let mut items = match rests.is_empty() {
            true => self.any_items(&prefix, &mut note, at),
            false => Some(self.convert_all(&rests, &below(at, "items"))),
        };
        if items.as_ref().is_some_and(|items| items.form == Form::Never) {
            limit(&mut keywords, length);
            items = None;
            if self.dialect.is_strict() {
                self.refuse(&mut note, at, "the array has no items");
            }
        }
        Out { note, form: Form::Array(Box::new(ArrayForm { prefix, items, keywords })) }
    }

    fn any_items(&mut self, prefix: &[Out], note: &mut Note, at: &str) -> Option<Out> {
        if self.dialect.is_strict() {
            self.refuse(note, at, "the items of the array are not described");
        }
        prefix.is_empty().then(Out::any)
    }
}

/// Limits the number of items.
fn limit(keywords: &mut Object, length: usize) {
    let before = keywords.get("maxItems").and_then(Json::as_f64);
    if before.is_none_or(|before| before > length as f64) {
        keywords.set("maxItems", Json::Number(length.into()));
    }
}

//! Schemas that hold at the same place: of `allOf`, of references, and of alternatives.

use std::rc::Rc;

use super::convert::Converter;
use super::document::{Draft, MODERN, below};
use super::json::{Json, Object};
use super::out::{Note, Out};
use super::words;

/// Schema object that holds, without its references and alternatives.
#[derive(Clone)]
pub(super) struct Part<'d> {
    pub(super) schema: &'d Object,
    pub(super) at: Rc<str>,
    /// `false` if its description stands elsewhere.
    pub(super) annotated: bool,
    /// Written at the place itself, instead of in a schema that the place refers to.
    pub(super) outer: bool,
    /// Only the annotations count: draft 7 ignores what stands beside a reference.
    pub(super) hidden: bool,
    /// The draft does not define the keywords of later ones.
    old: bool,
}

/// Alternatives: `anyOf` or `oneOf`.
#[derive(Clone)]
pub(super) struct Group<'d> {
    pub(super) branches: Vec<(&'d Json, String)>,
    pub(super) keyword: &'static str,
    /// Place of the keyword.
    pub(super) at: String,
}

/// All that holds at one place.
#[derive(Clone, Default)]
pub(super) struct Conjunction<'d> {
    pub(super) parts: Vec<Part<'d>>,
    pub(super) groups: Vec<Group<'d>>,
    /// Sentences in place of what was dropped.
    pub(super) note: Note,
    /// A schema `false` holds.
    pub(super) never: bool,
    /// References that were followed.
    pub(super) followed: Vec<String>,
}

/// Keywords that restrict values at their place, apart from references.
const RESTRICTIONS: [&str; 38] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "uniqueItems",
];

/// Maximum length of a chain of references, and depth of `allOf`.
const MAX_CHAIN: usize = 64;

impl<'d> Part<'d> {
    fn new(schema: &'d Object, at: &str, hidden: bool, draft: Draft) -> Self {
        let old = draft == Draft::Old;
        Part { schema, at: at.into(), annotated: true, outer: true, hidden, old }
    }

    /// Returns a keyword that restricts values.
    pub(super) fn get(&self, keyword: &str) -> Option<&'d Json> {
        if self.hidden || self.old && MODERN.contains(&keyword) {
            return None;
        }
        self.schema.get(keyword)
    }

    /// `true` if the part restricts values.
    pub(super) fn restricts(&self) -> bool {
        !self.hidden && self.restrictions().next().is_some()
    }

    /// `true` if nothing but `type` restricts values.
    pub(super) fn has_only_type(&self) -> bool {
        self.hidden || self.restrictions().all(|keyword| keyword == "type")
    }

    fn restrictions(&self) -> impl Iterator<Item = &str> {
        let combined = ["allOf", "anyOf", "oneOf"];
        self.schema.iter().map(|(keyword, _)| keyword).filter(move |keyword| {
            !(combined.contains(keyword) || self.old && MODERN.contains(keyword))
                && (RESTRICTIONS.contains(keyword) || keyword.starts_with("unevaluated"))
        })
    }
}

fn is_free(schema: &Object) -> bool {
    !schema
        .iter()
        .any(|(keyword, _)| RESTRICTIONS.contains(&keyword) || keyword.starts_with("unevaluated"))
}

impl<'d> Converter<'d> {
    /// Returns the place that a schema refers to if it does nothing else, and its annotations.
    pub(super) fn pure_reference(
        &mut self,
        schema: &'d Json,
        at: &str,
    ) -> Option<(String, Vec<Part<'d>>)> {
        let (mut schema, mut at) = (schema, at.to_owned());
        let mut annotations = Vec::new();
        for _ in 0..MAX_CHAIN {
            let object = schema.as_object()?;
            annotations.push(Part::new(object, &at, true, self.document.draft));
            if self.document.is_reference(object) {
                let hidden = self.document.draft == Draft::Old;
                if !hidden && !is_free(object) {
                    return None;
                }
                return Some((self.document.target(object, &at)?, annotations));
            }
            let [only] = object.get("allOf")?.as_array()? else { return None };
            let mut rest = object.clone();
            rest.retain(|keyword, _| keyword != "allOf");
            if !is_free(&rest) {
                return None;
            }
            at = format!("{at}/allOf/0");
            schema = only;
        }
        None
    }

    /// Collects all that holds where a schema stands.
    pub(super) fn gather(&mut self, schema: &'d Json, at: &str) -> Conjunction<'d> {
        let mut found = Conjunction::default();
        self.gather_into(schema, at, &mut found, 0, true);
        found
    }

    /// Adds all that holds where a schema stands.
    pub(super) fn gather_into(
        &mut self,
        schema: &'d Json,
        at: &str,
        found: &mut Conjunction<'d>,
        depth: usize,
        outer: bool,
    ) {
        let object = match schema {
            Json::Bool(false) => {
                found.never = true;
                return;
            }
            Json::Object(object) => object,
            _ => return,
        };
        if depth > MAX_CHAIN || !self.spend() {
            self.refuse(&mut found.note, at, "the schema is nested too deeply");
            return;
        }
        let is_reference = self.document.is_reference(object);
        let hidden = is_reference && self.document.draft == Draft::Old;
        let mut part = Part::new(object, at, hidden, self.document.draft);
        part.outer = outer;
        found.parts.push(part);
        if is_reference {
            self.follow(object, at, found, depth);
        }
        if hidden {
            return;
        }
        if let Some(Json::Array(all)) = object.get("allOf") {
            for (index, schema) in all.iter().enumerate() {
                self.gather_into(schema, &format!("{at}/allOf/{index}"), found, depth + 1, false);
            }
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Json::Array(branches)) = object.get(keyword) {
                self.group(branches, keyword, below(at, keyword), found);
            }
        }
    }

    fn follow(&mut self, object: &'d Object, at: &str, found: &mut Conjunction<'d>, depth: usize) {
        let document = self.document;
        let names = ["$ref", "$dynamicRef", "$recursiveRef"];
        let keyword = names.into_iter().find(|name| object.contains(name)).unwrap_or("$ref");
        let Some(target) = document.target(object, at) else {
            let why = "the reference does not lead to a schema of the same document";
            return self.refuse_keyword(&mut found.note, at, keyword, &object.get(keyword), why);
        };
        if found.followed.contains(&target) || self.inlined.contains(&target) {
            let why = "the schema is recursive in a place where it is combined with others";
            return self.refuse_keyword(&mut found.note, at, keyword, &object.get(keyword), why);
        }
        found.followed.push(target.clone());
        if let Some(schema) = document.at(&target) {
            self.gather_into(schema, &target, found, depth + 1, false);
        }
    }

    fn group(
        &mut self,
        branches: &'d [Json],
        keyword: &'static str,
        at: String,
        found: &mut Conjunction<'d>,
    ) {
        let sets: Option<Vec<_>> = branches.iter().map(required_only).collect();
        if let Some(sets) = sets.filter(|sets| !sets.is_empty()) {
            // Which properties go together is no matter of their types.
            self.drop_at(at);
            found.note.sentence(words::required_sets(&sets, keyword == "oneOf"));
            return;
        }
        let branches = branches.iter().enumerate();
        let branches = branches.map(|(index, branch)| (branch, format!("{at}/{index}"))).collect();
        found.groups.push(Group { branches, keyword, at });
    }

    /// Converts all that holds at a place, with the places that it was inlined from.
    pub(super) fn conjunction(&mut self, found: Conjunction<'d>, at: &str) -> Out {
        let before = self.inlined.len();
        self.inlined.extend(found.followed.iter().cloned());
        let out = if found.never {
            Out::new(super::out::Form::Never)
        } else if found.groups.is_empty() {
            self.typed(&found, at)
        } else {
            self.distribute(found, at)
        };
        self.inlined.truncate(before);
        out
    }
}

/// Names of the properties that a schema requires, if it does nothing else.
fn required_only(schema: &Json) -> Option<Vec<&str>> {
    let object = schema.as_object()?;
    let names = object.get("required")?.as_array()?;
    let names: Vec<_> = names.iter().filter_map(Json::as_str).collect();
    let others = object.iter().filter(|(keyword, _)| !matches!(*keyword, "required" | "type"));
    (others.count() == 0 && !names.is_empty()).then_some(names)
}

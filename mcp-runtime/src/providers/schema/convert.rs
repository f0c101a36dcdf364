//! Conversion of a schema into the subset of a provider.

use std::collections::{HashMap, HashSet};

use super::conjunction::{Conjunction, Part};
use super::document::{Document, below};
use super::json::Json;
use super::out::{Form, Note, Out};
use super::rules::Dialect;
use super::words;
use super::{Dropped, Narrowed, Narrowing, NotStrict};

/// Maximum number of schemas that are visited, counted again where they are inlined.
const MAX_SCHEMAS: usize = 20_000;

/// Maximum number of comparisons of alternatives, and of their properties and values.
const MAX_COMPARISONS: usize = 20_000_000;

/// Maximum depth of the output.
const MAX_DEPTH: usize = 40;

/// Maximum depth at which definitions are converted where they are first referred to.
const MAX_EAGER_DEPTH: usize = 30;

/// State of a conversion.
pub(super) struct Converter<'d> {
    pub(super) document: &'d Document,
    pub(super) dialect: Dialect,
    /// Places of references that were followed around the current place.
    pub(super) inlined: Vec<String>,
    pub(super) definitions: Vec<Definition>,
    pub(super) reasons: Vec<NotStrict>,
    pub(super) dropped: Vec<Dropped>,
    pub(super) narrowed: Vec<Narrowed>,
    seen_narrowed: HashSet<Narrowed>,
    /// Keywords that depend on exact schemas inside of them are dropped.
    pub(super) careful: bool,
    /// A schema below the root is more lenient than it was.
    pub(super) weakened: bool,
    /// Number of types that were inferred, and are narrower than the original.
    pub(super) inferences: usize,
    /// Places of `oneOf` whose alternatives exclude each other.
    pub(super) exclusive: Vec<String>,
    /// The schema is too large.
    pub(super) exhausted: bool,
    /// Number of comparisons of alternatives that are left.
    pub(super) comparisons: usize,
    numbers: HashMap<String, usize>,
    names: HashSet<String>,
    /// Next number of definitions with the same name.
    counts: HashMap<String, usize>,
    /// Dropped keywords by their place.
    seen: HashMap<String, usize>,
    pub(super) depth: usize,
    left: usize,
}

/// Schema that references lead to.
pub(super) struct Definition {
    pub(super) at: String,
    pub(super) name: String,
    /// Its form, once it is converted.
    pub(super) schema: Option<Out>,
    started: bool,
}

impl<'d> Converter<'d> {
    pub(super) fn new(document: &'d Document, dialect: Dialect, careful: bool) -> Self {
        Self {
            document,
            dialect,
            inlined: Vec::new(),
            definitions: Vec::new(),
            reasons: Vec::new(),
            dropped: Vec::new(),
            narrowed: Vec::new(),
            seen_narrowed: HashSet::new(),
            careful,
            weakened: false,
            inferences: 0,
            exclusive: Vec::new(),
            exhausted: false,
            comparisons: MAX_COMPARISONS,
            numbers: HashMap::new(),
            names: HashSet::new(),
            counts: HashMap::new(),
            seen: HashMap::new(),
            depth: 0,
            left: MAX_SCHEMAS,
        }
    }

    /// Takes one schema from the budget.
    pub(super) fn spend(&mut self) -> bool {
        self.spend_all(1)
    }

    /// Takes schemas from the budget. Returns `false` once it is exhausted.
    pub(super) fn spend_all(&mut self, count: usize) -> bool {
        self.left = self.left.saturating_sub(count);
        self.exhausted |= self.left == 0;
        !self.exhausted
    }

    /// Records why a schema cannot be strict. What is not strict drops the schema instead.
    pub(super) fn refuse(&mut self, note: &mut Note, at: &str, why: &str) {
        if self.dialect.is_strict() {
            self.reasons.push(NotStrict { path: at.to_owned(), reason: why.to_owned() });
        } else {
            self.drop_schema(note, at);
        }
    }

    /// Records why a keyword cannot be strict. What is not strict drops the keyword instead.
    pub(super) fn refuse_keyword(
        &mut self,
        note: &mut Note,
        at: &str,
        keyword: &str,
        value: &Option<&Json>,
        why: &str,
    ) {
        if self.dialect.is_strict() {
            self.reasons.push(NotStrict { path: below(at, keyword), reason: why.to_owned() });
        } else {
            self.drop_keyword(note, at, keyword, value.unwrap_or(&Json::Null));
        }
    }

    /// Records a dropped keyword, and describes it.
    pub(super) fn drop_keyword(&mut self, note: &mut Note, at: &str, keyword: &str, value: &Json) {
        note.sentence(words::sentence(keyword, value));
        self.drop_at(below(at, keyword));
    }

    /// Records all keywords of a schema as dropped.
    pub(super) fn drop_schema(&mut self, note: &mut Note, at: &str) {
        match self.document.at(at) {
            Some(Json::Object(schema)) => {
                for (keyword, value) in schema.iter().filter(|(key, _)| !is_structure(key)) {
                    self.drop_keyword(note, at, keyword, value);
                }
            }
            _ => self.drop_at(at.to_owned()),
        }
    }

    /// Records a dropped keyword.
    pub(super) fn drop_at(&mut self, path: String) {
        self.record(Dropped { path, as_any_of: false });
    }

    /// Records that more than one of the alternatives of a `oneOf` may match.
    pub(super) fn drop_exclusion(&mut self, path: String) {
        self.record(Dropped { path, as_any_of: true });
    }

    fn record(&mut self, dropped: Dropped) {
        match self.seen.get(&dropped.path) {
            None => {
                self.seen.insert(dropped.path.clone(), self.dropped.len());
                self.dropped.push(dropped);
            }
            Some(number) => self.dropped[*number].as_any_of &= dropped.as_any_of,
        }
    }

    /// Records that the output accepts less than the original.
    pub(super) fn narrow(&mut self, at: &str, narrowing: Narrowing) {
        let narrowed = Narrowed { path: at.to_owned(), narrowing };
        if self.narrowed.len() < MAX_SCHEMAS && self.seen_narrowed.insert(narrowed.clone()) {
            self.narrowed.push(narrowed);
        }
    }

    /// Converts the schema at a place.
    pub(super) fn convert(&mut self, schema: &'d Json, at: &str) -> Out {
        if self.dialect.is_verbatim() {
            return self.verbatim(schema, at);
        }
        let mut note = Note::default();
        if self.depth >= MAX_DEPTH || !self.spend() {
            self.refuse(&mut note, at, "the schema is nested too deeply, or too large");
            return Out { note, ..Out::any() };
        }
        self.depth += 1;
        let out = match self.pure_reference(schema, at) {
            Some((target, annotations)) => self.reference(target, annotations, at),
            None => {
                let found = self.gather(schema, at);
                self.conjunction(found, at)
            }
        };
        self.depth -= 1;
        out
    }

    /// Converts schemas that all hold at one place.
    pub(super) fn convert_all(&mut self, schemas: &[(&'d Json, String)], at: &str) -> Out {
        if let [(schema, at)] = schemas {
            return self.convert(schema, at);
        }
        if self.dialect.is_verbatim() {
            return self.verbatim_all(schemas);
        }
        if self.depth >= MAX_DEPTH {
            return schemas.first().map_or_else(Out::any, |(schema, at)| self.convert(schema, at));
        }
        self.depth += 1;
        let mut found = Conjunction::default();
        for (schema, at) in schemas {
            self.gather_into(schema, at, &mut found, 0, false);
        }
        let at = schemas.first().map_or(at, |(_, at)| at);
        let out = self.conjunction(found, at);
        self.depth -= 1;
        out
    }

    fn reference(&mut self, target: String, annotations: Vec<Part<'d>>, at: &str) -> Out {
        let mut note = Note::default();
        for part in &annotations {
            self.annotate(&mut note, part);
        }
        // References to references are followed, so that definitions have a form of their own.
        let (mut target, mut followed) = (target, HashSet::new());
        let document = self.document;
        while let Some(schema) = document.at(&target) {
            if !followed.insert(target.clone()) {
                self.refuse(&mut note, at, "the references lead to each other");
                return Out { note, ..Out::any() };
            }
            if matches!(schema, Json::Bool(_)) {
                let mut out = self.convert(schema, &target);
                out.note.append(note);
                return out;
            }
            match self.pure_reference(schema, &target) {
                Some((next, parts)) => {
                    parts.iter().for_each(|part| self.annotate(&mut note, part));
                    target = next;
                }
                None => break,
            }
        }
        let definition = self.definition(target);
        Out { note, form: Form::Reference { definition, at: at.to_owned() } }
    }

    /// Returns the number of the definition of a place.
    pub(super) fn definition(&mut self, at: String) -> usize {
        if let Some(number) = self.numbers.get(&at) {
            return *number;
        }
        let number = self.definitions.len();
        let base = definition_name(&at);
        let mut name = base.clone();
        while !self.names.insert(name.clone()) {
            let count = self.counts.entry(base.clone()).or_insert(2);
            name = format!("{base}_{count}");
            *count += 1;
        }
        self.numbers.insert(at.clone(), number);
        self.definitions.push(Definition { at, name, schema: None, started: false });
        if self.depth < MAX_EAGER_DEPTH {
            self.convert_definition(number);
        }
        number
    }

    /// Returns the form of a definition, if it is converted.
    pub(super) fn definition_form(&self, number: usize) -> Option<&Out> {
        self.definitions.get(number)?.schema.as_ref()
    }

    /// Converts the definitions that were too deep to be converted at once.
    pub(super) fn convert_definitions(&mut self) {
        let mut number = 0;
        while number < self.definitions.len() && !self.exhausted {
            self.convert_definition(number);
            number += 1;
        }
    }

    fn convert_definition(&mut self, number: usize) {
        let definition = &mut self.definitions[number];
        if std::mem::replace(&mut definition.started, true) {
            return;
        }
        let at = definition.at.clone();
        let document = self.document;
        let Some(schema) = document.at(&at) else { return };
        let around = std::mem::replace(&mut self.inlined, vec![at.clone()]);
        let mut out = self.convert(schema, &at);
        if out.form == Form::Never {
            self.refuse(&mut out.note, &at, "no value is allowed");
            out.form = Out::any().form;
        }
        self.inlined = around;
        self.definitions[number].schema = Some(out);
    }
}

/// `true` for keywords that neither restrict values nor describe them.
pub(super) fn is_structure(keyword: &str) -> bool {
    matches!(
        keyword,
        "$schema"
            | "$id"
            | "$anchor"
            | "$dynamicAnchor"
            | "$recursiveAnchor"
            | "$defs"
            | "definitions"
            | "$comment"
            | "$vocabulary"
            | "title"
            | "description"
    )
}

fn definition_name(at: &str) -> String {
    let last = at.rsplit('/').next().unwrap_or_default();
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let name: String = last.chars().filter(|character| allowed(*character)).take(48).collect();
    if name.is_empty() { "Root".to_owned() } else { name }
}

//! Compares a value with a compiled schema.

use std::borrow::Cow;
use std::collections::HashSet;

use mcp_core::jsonrpc::Raw;
use mcp_core::name::nearest;

use super::describe::{describe, described, listed, quoted, value_text};
use super::found::{Found, Path};
use super::node::{ArrayRules, Node, NodeId, ObjectRules, Others, TextRules, Types};

/// Maximum number of mismatches that are collected.
const MAX_MISMATCHES: usize = 64;

/// Maximum number of comparisons. Forms that contain one another multiply them.
const MAX_STEPS: u32 = 1 << 22;

/// Maximum depth of nested comparisons, which bounds the stack.
const MAX_DEPTH: u32 = 600;

/// A part of a value that does not fit its schema.
#[derive(Clone, Debug)]
pub(crate) struct Mismatch<'v> {
    /// Way to the value: the name of an argument, then members and indices.
    pub(crate) path: String,
    /// Expected and found value.
    pub(crate) what: String,
    /// Strings that may be other names of what the schema expects.
    pub(crate) names: Vec<Raw<'v>>,
    pub(super) kind: Kind,
    pub(super) level: usize,
}

impl Mismatch<'_> {
    /// Returns `true` for a value that is not one of those listed.
    pub(crate) fn is_choice(&self) -> bool {
        self.kind == Kind::Choice
    }
}

/// Kind of a mismatch, for the choice between forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Type,
    /// A value that is not one of those listed.
    Choice,
    Missing,
    Unknown,
    Rule,
}

/// Which parts of a value are compared with their schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// Parts that deserializing has not checked.
    Unchecked,
    All,
    /// All parts, and formats that only types have, to explain a value that does not deserialize.
    Explained,
}

#[derive(Debug)]
pub(super) struct Walk<'s, 'v> {
    pub(super) nodes: &'s [Node],
    pub(super) scope: Scope,
    /// Faults; `None` if it only matters whether there are any.
    pub(super) mismatches: Option<Vec<Mismatch<'v>>>,
    pub(super) failed: bool,
    steps_left: u32,
    depth_left: u32,
}

impl<'s, 'v> Walk<'s, 'v> {
    pub(super) fn new(nodes: &'s [Node], scope: Scope) -> Self {
        Self {
            nodes,
            scope,
            mismatches: Some(Vec::new()),
            failed: false,
            steps_left: MAX_STEPS,
            depth_left: MAX_DEPTH,
        }
    }

    /// Compares a value with the schema of a node.
    pub(super) fn visit(&mut self, id: NodeId, value: Found<'v>, path: &Path<'_>) {
        let node = &self.nodes[id];
        let is_done = self.failed && self.mismatches.is_none();
        if is_done || (node.trusted && self.scope == Scope::Unchecked) {
            return;
        }
        let (Some(steps), Some(depth)) =
            (self.steps_left.checked_sub(1), self.depth_left.checked_sub(1))
        else {
            let what = || "too deep or too large to be compared with its schema".to_owned();
            return self.report(Kind::Rule, path, Vec::new(), what);
        };
        (self.steps_left, self.depth_left) = (steps, depth);
        self.value(node, id, value, path);
        self.depth_left += 1;
    }

    fn value(&mut self, node: &'s Node, id: NodeId, value: Found<'v>, path: &Path<'_>) {
        if !value.is_of(node.types) {
            return self.report_mismatch(Kind::Type, id, value, path);
        }
        if node.values.as_ref().is_some_and(|all| !all.iter().any(|one| value.equals(one))) {
            return self.report_mismatch(Kind::Choice, id, value, path);
        }
        let fits = match value.kind() {
            Types::NUMBER if value.is_too_large() => {
                return self.report(Kind::Rule, path, Vec::new(), || too_large(value));
            }
            Types::NUMBER => value.raw().is_none_or(|raw| node.number.accept(raw.as_str())),
            Types::STRING => accepts_text(&node.text, value, self.scope),
            Types::ARRAY => self.array(&node.array, value, path),
            Types::OBJECT => self.object(&node.object, value, path),
            _ => true,
        };
        if !fits {
            self.report_mismatch(Kind::Rule, id, value, path);
        }
        if let Some(applied) = &node.applied {
            self.applied(applied, id, value, path);
        }
        if node.object.unevaluated != Others::Any && value.kind() == Types::OBJECT {
            self.unevaluated(id, value, path);
        }
    }

    /// Compares the elements of an array. Returns `false` if the array itself does not fit.
    fn array(&mut self, rules: &'s ArrayRules, value: Found<'v>, path: &Path<'_>) -> bool {
        let Some(raw) = value.raw() else { return true };
        let is_plain = |id: NodeId| self.nodes[id].trusted && self.scope == Scope::Unchecked;
        let has_plain_items = rules.items.is_none_or(is_plain) && rules.positions.is_empty();
        if has_plain_items && rules.contains.is_none() && !rules.size.is_limited() {
            return true;
        }
        let (mut count, mut contained) = (0, 0);
        for element in raw.elements() {
            let element = Found::Json(element);
            if let Some(id) = rules.positions.get(count).or(rules.items.as_ref()) {
                self.visit(*id, element, &Path::Item(path, count));
            }
            if let Some((id, _)) = rules.contains {
                contained += usize::from(self.fits(id, element, path));
            }
            count += 1;
        }
        rules.size.accepts(count) && rules.contains.is_none_or(|(_, size)| size.accepts(contained))
    }

    /// Compares the members of an object. Returns `false` if the object itself does not fit.
    fn object(&mut self, rules: &'s ObjectRules, value: Found<'v>, path: &Path<'_>) -> bool {
        let Some(raw) = value.raw().filter(|_| !rules.is_empty()) else { return true };
        let (mut count, mut required) = (0, 0);
        let mut strangers = Vec::new();
        for (name, inner) in raw.entries() {
            let Some(text) = name.string() else { continue };
            count += 1;
            let member = rules.member(&text);
            required += usize::from(member.is_some_and(|member| member.required));
            if !self.member(rules, &text, inner, path) {
                strangers.push(name);
                self.stranger(rules, &text, name, inner, path);
            }
            if let Some(names) = rules.names {
                self.visit(names, Found::Json(name), &Path::Member(path, &text));
            }
        }
        if self.scope != Scope::Unchecked && self.mismatches.is_some() {
            self.repeated(raw, path);
        }
        if required < rules.required {
            self.missing(rules.required_names(), rules, raw, &strangers, path);
        }
        for (name, others) in &rules.dependent {
            if raw.member(name).is_some() {
                self.missing(others.iter().map(|name| &**name), rules, raw, &strangers, path);
            }
        }
        rules.size.accepts(count)
    }

    /// Compares a member with the schemas for its name. Returns `false` if there is none.
    fn member(
        &mut self,
        rules: &'s ObjectRules,
        name: &str,
        inner: Raw<'v>,
        path: &Path<'_>,
    ) -> bool {
        let named = rules.member(name).and_then(|member| member.node);
        let matching = rules.patterns.iter().filter(|(pattern, _)| pattern.is_match(name));
        let mut is_known = false;
        for id in named.into_iter().chain(matching.map(|(_, id)| *id)) {
            is_known = true;
            let (inner, path) = (Found::Json(inner), Path::Member(path, name));
            if self.nodes[id].trusted && self.scope == Scope::Unchecked {
                self.range(id, inner, &path);
            } else {
                self.visit(id, inner, &path);
            }
        }
        is_known
    }

    /// Compares a number with the range of its type, which the schema of a member may state for a
    /// wider type, as with `#[schemars(with = "u8")]`.
    fn range(&mut self, id: NodeId, value: Found<'v>, path: &Path<'_>) {
        let rules = &self.nodes[id].number;
        let is_bounded = rules.minimum.is_some() || rules.maximum.is_some();
        if is_bounded
            && value.kind() == Types::NUMBER
            && value.raw().is_some_and(|raw| !rules.accept(raw.as_str()))
        {
            self.report_mismatch(Kind::Rule, id, value, path);
        }
    }

    fn stranger(
        &mut self,
        rules: &'s ObjectRules,
        text: &str,
        name: Raw<'v>,
        inner: Raw<'v>,
        path: &Path<'_>,
    ) {
        match rules.others {
            Others::Any => {}
            Others::Fit(id) => self.visit(id, Found::Json(inner), &Path::Member(path, text)),
            Others::None => {
                let path = Path::Member(path, text);
                self.report(Kind::Unknown, &path, vec![name], || unknown_member(rules, text));
            }
        }
    }

    /// Reports members that are given twice.
    fn repeated(&mut self, raw: Raw<'v>, path: &Path<'_>) {
        let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
        for (name, _) in raw.members() {
            if let Some(name) = seen.replace(name) {
                let path = Path::Member(path, &name);
                self.report(Kind::Rule, &path, Vec::new(), || "given twice".to_owned());
            }
        }
    }

    /// Reports required members that are absent.
    fn missing<'n>(
        &mut self,
        required: impl Iterator<Item = &'n str>,
        rules: &ObjectRules,
        raw: Raw<'v>,
        strangers: &[Raw<'v>],
        path: &Path<'_>,
    ) {
        for name in required.filter(|name| raw.member(name).is_none()) {
            let nodes = self.nodes;
            let node = rules.member(name).and_then(|member| member.node);
            let what = || match node.and_then(|id| described(nodes, id)) {
                Some(expected) => format!("missing; expected {expected}"),
                None => "missing".to_owned(),
            };
            self.report(Kind::Missing, &Path::Member(path, name), strangers.to_vec(), what);
        }
    }

    /// Returns `true` if a value fits the schema of a node, all of it.
    pub(super) fn fits(&mut self, id: NodeId, value: Found<'v>, path: &Path<'_>) -> bool {
        let (mismatches, failed) = (self.mismatches.take(), self.failed);
        let scope = self.scope;
        self.scope = scope.max(Scope::All);
        self.failed = false;
        self.visit(id, value, path);
        let fits = !self.failed;
        (self.mismatches, self.failed, self.scope) = (mismatches, failed, scope);
        fits
    }

    fn report_mismatch(&mut self, kind: Kind, id: NodeId, value: Found<'v>, path: &Path<'_>) {
        let node = &self.nodes[id];
        let names = match kind {
            Kind::Choice => value.raw().into_iter().collect(),
            _ => Vec::new(),
        };
        let nodes = self.nodes;
        self.report(kind, path, names, || {
            let told = format!("expected {}, got {value}", describe(nodes, id));
            let values = node.values.iter().flatten().filter_map(|value| value.as_str());
            match value.text().and_then(|text| nearest(&text, values)) {
                Some(nearest) => format!("{told}; did you mean `{nearest}`?"),
                None => told,
            }
        });
    }

    pub(super) fn report(
        &mut self,
        kind: Kind,
        path: &Path<'_>,
        names: Vec<Raw<'v>>,
        what: impl FnOnce() -> String,
    ) {
        self.failed = true;
        let Some(mismatches) = &mut self.mismatches else { return };
        if mismatches.len() < MAX_MISMATCHES {
            let (path, level) = (path.to_string(), path.level());
            mismatches.push(Mismatch { path, what: what(), names, kind, level });
        }
    }
}

/// Describes a number that no type takes.
pub(super) fn too_large(value: Found<'_>) -> String {
    format!("expected a number within the range of a 64-bit float, got {value}")
}

fn accepts_text(rules: &TextRules, value: Found<'_>, scope: Scope) -> bool {
    // Formats that JSON Schema does not define are not advertised.
    let format = rules.format.filter(|format| format.is_standard() || scope == Scope::Explained);
    if !rules.size.is_limited() && rules.pattern.is_none() && format.is_none() {
        return true;
    }
    value.text().is_none_or(|text| {
        (!rules.size.is_limited() || rules.size.accepts(text.chars().count()))
            && rules.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&text))
            && format.is_none_or(|format| format.matches(&text))
    })
}

/// Describes a member that an object does not have.
pub(super) fn unknown_member(rules: &ObjectRules, name: &str) -> String {
    let known: Vec<_> = rules.names().collect();
    if let Some(nearest) = nearest(name, known.iter().copied()) {
        return format!("unknown member; did you mean `{nearest}`?");
    }
    let patterns = rules.patterns.iter().map(|(pattern, _)| pattern.as_str());
    let patterns = quoted(patterns);
    match (known.is_empty(), patterns.is_empty()) {
        (true, true) => "unknown member; the object has none".to_owned(),
        (true, false) => format!("unknown member; names match {}", listed(&patterns, "or")),
        _ => format!("unknown member; the members are {}", listed(&quoted(known), "and")),
    }
}

/// Text of the values that a schema lists, if it lists strings.
pub(super) fn listed_texts(node: &Node) -> Option<Vec<String>> {
    let values = node.values.as_ref()?;
    values.iter().all(|value| value.is_string()).then(|| values.iter().map(value_text).collect())
}

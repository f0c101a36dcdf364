//! Schemas that apply to the same value: alternatives, conditions, exclusions.

use mcp_core::jsonrpc::Raw;
use mcp_core::name::nearest;

use super::describe::{describe, describe_any, listed, quoted};
use super::found::{Found, Path};
use super::node::{Applied, Node, NodeId, Others, Types};
use super::walk::{Kind, Mismatch, Scope, Walk, listed_texts, unknown_member};

impl<'s, 'v> Walk<'s, 'v> {
    pub(super) fn applied(
        &mut self,
        applied: &'s Applied,
        id: NodeId,
        value: Found<'v>,
        path: &Path<'_>,
    ) {
        for inner in &applied.all {
            self.visit(*inner, value, path);
        }
        if !applied.any.is_empty() && !applied.any.iter().any(|one| self.fits(*one, value, path)) {
            self.no_alternative(&applied.any, value, path);
        }
        if !applied.one.is_empty() {
            self.exactly_one(&applied.one, value, path);
        }
        if applied.not.is_some_and(|not| self.fits(not, value, path)) {
            let nodes = self.nodes;
            let what = || format!("expected {}, got {value}", describe(nodes, id));
            self.report(Kind::Rule, path, Vec::new(), what);
        }
        if let Some((condition, then, otherwise)) = applied.choice {
            let branch = if self.fits(condition, value, path) { then } else { otherwise };
            if let Some(branch) = branch {
                self.visit(branch, value, path);
            }
        }
        for (name, inner) in &applied.dependent {
            if value.raw().is_some_and(|raw| raw.is_object() && raw.member(name).is_some()) {
                self.visit(*inner, value, path);
            }
        }
    }

    fn exactly_one(&mut self, alternatives: &[NodeId], value: Found<'v>, path: &Path<'_>) {
        let mut fitting = 0;
        for one in alternatives {
            fitting += usize::from(self.fits(*one, value, path));
            if fitting > 1 {
                let nodes = self.nodes;
                let what = || {
                    let forms = describe_any(nodes, alternatives);
                    format!("expected exactly one of its forms, {forms}, got {value}")
                };
                return self.report(Kind::Rule, path, Vec::new(), what);
            }
        }
        if fitting == 0 {
            self.no_alternative(alternatives, value, path);
        }
    }

    /// Reports a value that fits none of several schemas: as mismatches of the one that it is meant for,
    /// if that is clear.
    fn no_alternative(&mut self, alternatives: &[NodeId], value: Found<'v>, path: &Path<'_>) {
        self.failed = true;
        if self.mismatches.is_none() {
            return;
        }
        let is_object = value.raw().is_some_and(Raw::is_object);
        if is_object && let Some(tag) = tag(self.nodes, alternatives) {
            return self.tagged(alternatives, tag, value, path);
        }
        let mut best: Option<([usize; 5], Vec<Mismatch<'v>>)> = None;
        let mut is_clear = true;
        for one in alternatives {
            let mismatches = self.mismatches_of(*one, value, path);
            let rank = rank(&mismatches, path.level());
            match &best {
                Some((least, _)) if rank > *least => {}
                Some((least, _)) if rank == *least => is_clear = false,
                _ => {
                    is_clear = true;
                    best = Some((rank, mismatches));
                }
            }
        }
        match best {
            Some(([0, ..], mismatches)) if is_clear => self.adopt(mismatches),
            _ => self.none_of(alternatives, value, path),
        }
    }

    /// Reports that a value has none of several forms.
    fn none_of(&mut self, alternatives: &[NodeId], value: Found<'v>, path: &Path<'_>) {
        let nodes = self.nodes;
        let members = || value.raw().into_iter().flat_map(Raw::entries).map(|(name, _)| name);
        let names = match value.kind() {
            Types::STRING => value.raw().into_iter().collect(),
            _ => members().collect(),
        };
        let what = || {
            let told = format!("expected {}, got {value}", describe_any(nodes, alternatives));
            let known = known_names(nodes, alternatives);
            let known = || known.iter().map(String::as_str);
            let name = match value.kind() {
                Types::STRING => value.text(),
                _ => members().next().and_then(Raw::string),
            };
            match name.and_then(|name| nearest(&name, known())) {
                Some(nearest) => format!("{told}; did you mean `{nearest}`?"),
                None => told,
            }
        };
        self.report(Kind::Type, path, names, what);
    }

    /// Reports an object that fits none of several schemas, each with a value of its own for one
    /// member.
    fn tagged(&mut self, alternatives: &[NodeId], tag: &str, value: Found<'v>, path: &Path<'_>) {
        let nodes = self.nodes;
        let found = value.raw().and_then(|raw| raw.member(tag)).map(Found::Json);
        let tag_of = |id: &NodeId| nodes[resolve(nodes, *id)].object.member(tag)?.node;
        let meant = found.and_then(|found| {
            let is_meant = |id: &&NodeId| {
                let values = tag_of(id).and_then(|tag| nodes[tag].values.as_ref());
                values.is_some_and(|values| values.iter().any(|value| found.equals(value)))
            };
            alternatives.iter().find(is_meant)
        });
        if let Some(meant) = meant {
            let mismatches = self.mismatches_of(*meant, value, path);
            return self.adopt(mismatches);
        }
        let known: Vec<String> = alternatives
            .iter()
            .filter_map(tag_of)
            .filter_map(|tag| listed_texts(&nodes[tag]))
            .flatten()
            .collect();
        let path = Path::Member(path, tag);
        let expected = || listed(&quoted(&known), "or");
        let Some(found) = found else {
            let names = value.raw().into_iter().flat_map(Raw::entries).map(|(name, _)| name);
            let what = || format!("missing; expected {}", expected());
            return self.report(Kind::Missing, &path, names.collect(), what);
        };
        let names = found.raw().filter(|_| found.kind() == Types::STRING).into_iter().collect();
        self.report(Kind::Choice, &path, names, || {
            let told = format!("expected {}, got {found}", expected());
            match found.text().and_then(|text| nearest(&text, known.iter().map(String::as_str))) {
                Some(nearest) => format!("{told}; did you mean `{nearest}`?"),
                None => told,
            }
        });
    }

    /// Faults of a value by one schema, which are not reported.
    fn mismatches_of(
        &mut self,
        id: NodeId,
        value: Found<'v>,
        path: &Path<'_>,
    ) -> Vec<Mismatch<'v>> {
        let mismatches = self.mismatches.replace(Vec::new());
        let scope = self.scope;
        self.scope = scope.max(Scope::All);
        self.visit(id, value, path);
        self.scope = scope;
        std::mem::replace(&mut self.mismatches, mismatches).unwrap_or_default()
    }

    fn adopt(&mut self, found: Vec<Mismatch<'v>>) {
        self.mismatches.iter_mut().for_each(|mismatches| mismatches.extend_from_slice(&found));
    }

    /// Compares the members of an object that no other schema for the object covers.
    pub(super) fn unevaluated(&mut self, id: NodeId, value: Found<'v>, path: &Path<'_>) {
        let rules = &self.nodes[id].object;
        let entries: Vec<_> = value.raw().into_iter().flat_map(Raw::entries).collect();
        for (name, inner) in entries {
            let Some(text) = name.string() else { continue };
            if self.covers(id, &text, value, path) {
                continue;
            }
            match rules.unevaluated {
                Others::Any => {}
                Others::Fit(id) => self.visit(id, Found::Json(inner), &Path::Member(path, &text)),
                Others::None => {
                    let path = Path::Member(path, &text);
                    self.report(Kind::Unknown, &path, vec![name], || unknown_member(rules, &text));
                }
            }
        }
    }

    /// Returns `true` if a schema that an object fits describes the member with a name.
    fn covers(&mut self, id: NodeId, name: &str, value: Found<'v>, path: &Path<'_>) -> bool {
        let node = &self.nodes[id];
        let rules = &node.object;
        if rules.member(name).is_some_and(|member| member.node.is_some())
            || rules.patterns.iter().any(|(pattern, _)| pattern.is_match(name))
            || rules.others != Others::Any
        {
            return true;
        }
        let Some(applied) = &node.applied else { return false };
        let (mut branches, choice) = (applied.all.clone(), applied.choice);
        branches.extend(applied.any.iter().chain(&applied.one));
        branches.extend(choice.into_iter().flat_map(|(condition, then, otherwise)| {
            [Some(condition), then, otherwise].into_iter().flatten()
        }));
        branches.extend(applied.dependent.iter().map(|(_, inner)| *inner));
        branches
            .into_iter()
            .any(|inner| self.fits(inner, value, path) && self.covers(inner, name, value, path))
    }
}

/// Compares how far values are from several schemas: first the type of the value itself, last the
/// number of mismatches.
fn rank(mismatches: &[Mismatch<'_>], level: usize) -> [usize; 5] {
    let here = |kinds: &[Kind], level: usize| {
        let is_one =
            |mismatch: &&Mismatch<'_>| mismatch.level == level && kinds.contains(&mismatch.kind);
        mismatches.iter().filter(is_one).count()
    };
    [
        usize::from(here(&[Kind::Type, Kind::Choice], level) > 0),
        here(&[Kind::Choice], level + 1),
        here(&[Kind::Missing], level + 1),
        here(&[Kind::Unknown], level + 1),
        mismatches.len(),
    ]
}

/// Name of a member that all schemas of objects require, each with listed values: the tag of an enum.
fn tag<'s>(nodes: &'s [Node], alternatives: &[NodeId]) -> Option<&'s str> {
    let objects: Vec<&Node> = alternatives
        .iter()
        .map(|id| &nodes[resolve(nodes, *id)])
        .filter(|node| node.types == Types::OBJECT)
        .collect();
    let is_tag = |node: &Node, name: &str| {
        let member = node.object.member(name).filter(|member| member.required);
        member.and_then(|member| member.node).is_some_and(|id| listed_texts(&nodes[id]).is_some())
    };
    let (first, rest) = objects.split_first()?;
    let mut names = first.object.required_names();
    names.find(|name| is_tag(first, name) && rest.iter().all(|node| is_tag(node, name)))
}

/// Follows references.
fn resolve(nodes: &[Node], mut id: NodeId) -> NodeId {
    for _ in 0..nodes.len() {
        match &nodes[id].applied {
            Some(applied) if nodes[id].types.is_all() && applied.all.len() == 1 => {
                id = applied.all[0];
            }
            _ => break,
        }
    }
    id
}

/// Names of variants: listed values, and members that are required.
fn known_names(nodes: &[Node], alternatives: &[NodeId]) -> Vec<String> {
    let mut names = Vec::new();
    for id in alternatives {
        let node = &nodes[resolve(nodes, *id)];
        names.extend(listed_texts(node).into_iter().flatten());
        names.extend(node.object.required_names().map(str::to_owned));
    }
    names
}

//! Schemas of arguments, compiled when the server is built.
//!
//! A schema promises more than deserializing checks: a range, a length, a format, the closed set of
//! members. [`CompiledSchema::check`] compares a value with these parts, and skips the schemas that
//! the types of Rust enforce by themselves. [`CompiledSchema::explain`] compares all parts of a value
//! that did not deserialize, to find every mismatch in it.

mod applied;
mod compile;
mod describe;
mod found;
mod node;
mod number;
#[cfg(test)]
mod tests;
mod trust;
mod walk;

use mcp_core::jsonrpc::Raw;
use serde_json::{Map, Value};

pub(crate) use compile::NotCompiled;
pub(crate) use found::{Found, visible};
pub(crate) use walk::Mismatch;

use compile::Compiler;
use found::Path;
use node::{Node, NodeId};
use walk::{Kind, Scope, Walk};

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct CompiledSchema {
    nodes: Vec<Node>,
    root: NodeId,
    /// Parts of values that [`CompiledSchema::check`] compares.
    scope: Scope,
    /// `true` if values that deserialize need no check.
    trusted: bool,
}

impl CompiledSchema {
    /// Compiles the schema of a type, which refers to `definitions` as `#/$defs/…`. The parts that
    /// are not compiled are returned as well.
    pub(crate) fn compile(
        schema: &Value,
        definitions: &Map<String, Value>,
    ) -> (Self, Vec<NotCompiled>) {
        let mut compiler = Compiler::new(definitions);
        let root = compiler.schema(schema, "");
        let (nodes, not_compiled) = (compiler.nodes, compiler.not_compiled);
        let trusted = nodes[root].trusted;
        (Self { nodes, root, scope: Scope::Unchecked, trusted }, not_compiled)
    }

    /// Returns `true` if values that deserialize need no check.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Marks the schema as one that every value that deserializes fits.
    pub(crate) fn trust(&mut self) {
        self.trusted = true;
    }

    /// Makes [`CompiledSchema::check`] compare all parts of a value, also those that deserializing
    /// checks: a type may be more lenient than its schema.
    pub(crate) fn check_everything(&mut self) {
        (self.scope, self.trusted) = (Scope::All, false);
    }

    /// Finds the parts of a value that do not fit, among those that deserializing has not checked.
    /// `name` is the name of the argument.
    pub(crate) fn check<'v>(&self, name: &str, value: Found<'v>) -> Vec<Mismatch<'v>> {
        self.walk(name, value, self.scope)
    }

    /// Finds all parts of a value that do not fit. `name` is the name of the argument.
    pub(crate) fn explain<'v>(&self, name: &str, value: Found<'v>) -> Vec<Mismatch<'v>> {
        let mut mismatches = self.walk(name, value, Scope::Explained);
        if mismatches.is_empty()
            && let Some(raw) = value.raw()
        {
            out_of_range(raw, &Path::Root(name), &mut mismatches);
        }
        mismatches
    }

    /// Describes the values that fit, as a continuation of "expected"; `None` if any value fits.
    pub(crate) fn expected(&self) -> Option<String> {
        describe::described(&self.nodes, self.root)
    }

    fn walk<'v>(&self, name: &str, value: Found<'v>, scope: Scope) -> Vec<Mismatch<'v>> {
        let mut walk = Walk::new(&self.nodes, scope);
        walk.visit(self.root, value, &Path::Root(name));
        walk.mismatches.unwrap_or_default()
    }
}

/// Finds numbers in the arguments of a call that are too large for a 64-bit float.
pub(crate) fn numbers_out_of_range(arguments: Raw<'_>) -> Vec<Mismatch<'_>> {
    let mut mismatches = Vec::new();
    if number::may_be_too_large(arguments.as_str()) {
        out_of_range(arguments, &Path::Root(""), &mut mismatches);
    }
    mismatches
}

/// Finds numbers that are too large for a 64-bit float, which no type takes.
fn out_of_range<'v>(value: Raw<'v>, path: &Path<'_>, mismatches: &mut Vec<Mismatch<'v>>) {
    for (index, element) in value.elements().enumerate() {
        out_of_range(element, &Path::Item(path, index), mismatches);
    }
    for (name, member) in value.members() {
        out_of_range(member, &Path::Member(path, &name), mismatches);
    }
    let found = Found::Json(value);
    if found.is_too_large() {
        let (path, what, level) = (path.to_string(), walk::too_large(found), path.level());
        mismatches.push(Mismatch { path, what, names: Vec::new(), kind: Kind::Rule, level });
    }
}
